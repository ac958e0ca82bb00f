#include "net/router.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tg::net {

bool Router::add(Route route) {
  Node* node = &root_;
  std::vector<std::string> names;
  for (const std::string_view segment :
       text::split(std::string_view(route.pattern).substr(1), '/')) {
    std::unique_ptr<Node>* next = nullptr;
    if (segment.starts_with('{')) {
      std::string_view name = segment.substr(1, segment.size() - 2);
      const bool is_many = name.ends_with("...");
      if (is_many) name.remove_suffix(3);
      names.emplace_back(name);
      next = is_many ? &node->many : &node->one;
    } else {
      next = &node->literals[std::string(segment)];
    }
    if (*next == nullptr) *next = std::make_unique<Node>();
    node = next->get();
  }
  if (std::ranges::any_of(node->routes,
                          [&route](const auto& other) { return other->verb == route.verb; }))
    return false;
  if (!node->allow.empty()) node->allow.resize(node->allow.rfind(", OPTIONS"));
  node->allow.append(node->allow.empty() ? "" : ", ").append(verb_word(route.verb));
  if (route.verb == Verb::get) node->allow += ", HEAD";
  node->allow += ", OPTIONS";
  node->names = std::move(names);
  node->routes.push_back(std::make_unique<Route>(std::move(route)));
  return true;
}

const Router::Node* Router::walk(const Node& node, std::string_view path, std::size_t at,
                                 Match& match) const {
  if (at > path.size()) return node.routes.empty() ? nullptr : &node;
  const std::size_t end = std::min(path.find('/', at), path.size());
  const std::string_view segment = path.substr(at, end - at);
  if (const auto literal = node.literals.find(segment); literal != node.literals.end()) {
    if (const Node* found = walk(*literal->second, path, end + 1, match)) return found;
  }
  if (segment.empty()) return nullptr;
  if (node.one != nullptr) {
    match.parameters.emplace_back(std::string_view(), segment);
    if (const Node* found = walk(*node.one, path, end + 1, match)) return found;
    match.parameters.pop_back();
  }
  return node.many == nullptr ? nullptr : walk_many(*node.many, path, at, match);
}

// Takes the fewest segments such that the rest matches: a longer literal suffix takes precedence
// over a longer parameter.
const Router::Node* Router::walk_many(const Node& node, std::string_view path, std::size_t at,
                                      Match& match) const {
  for (std::size_t end = at;; ++end) {
    end = std::min(path.find('/', end), path.size());
    match.parameters.emplace_back(std::string_view(), path.substr(at, end - at));
    if (const Node* found = walk(node, path, end + 1, match)) return found;
    match.parameters.pop_back();
    if (end == path.size()) return nullptr;
  }
}

void Router::find(Verb verb, std::string_view path, Match& match) const {
  match.route = nullptr;
  match.allow = {};
  match.parameters.clear();
  if (!path.starts_with('/')) return;
  const Node* node = walk(root_, path, 1, match);
  if (node == nullptr) return;
  match.allow = node->allow;
  for (std::size_t i = 0; i < node->names.size(); ++i) match.parameters[i].first = node->names[i];
  const auto route = std::ranges::find_if(node->routes, [verb](const auto& candidate) {
    return candidate->verb == verb || (verb == Verb::head && candidate->verb == Verb::get);
  });
  if (route != node->routes.end()) match.route = route->get();
}

Router::Match Router::find(Verb verb, std::string_view path) const {
  Match match;
  find(verb, path, match);
  return match;
}

}  // namespace tg::net
