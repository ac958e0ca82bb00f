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
  node->names = std::move(names);
  node->routes.push_back(std::make_unique<Route>(std::move(route)));
  return true;
}

const Router::Node* Router::walk(const Node& node, const std::vector<std::string_view>& segments,
                                 std::size_t at, std::vector<std::string>& values) const {
  if (at == segments.size()) return node.routes.empty() ? nullptr : &node;
  if (const auto literal = node.literals.find(segments[at]); literal != node.literals.end()) {
    if (const Node* found = walk(*literal->second, segments, at + 1, values)) return found;
  }
  if (node.one != nullptr && !segments[at].empty()) {
    values.emplace_back(segments[at]);
    if (const Node* found = walk(*node.one, segments, at + 1, values)) return found;
    values.pop_back();
  }
  if (node.many == nullptr || segments[at].empty()) return nullptr;
  // The shortest run whose rest matches literals first: a longer literal tail wins over a longer
  // name.
  const Node* whole = nullptr;
  for (std::size_t end = at + 1; end <= segments.size(); ++end) {
    std::string joined(segments[at]);
    for (std::size_t i = at + 1; i < end; ++i) joined += "/" + std::string(segments[i]);
    values.push_back(std::move(joined));
    if (const Node* found = walk(*node.many, segments, end, values)) {
      whole = found;
      return whole;
    }
    values.pop_back();
  }
  return whole;
}

Router::Match Router::find(Verb verb, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::vector<std::string> values;
  const Node* node = walk(root_, text::split(path.substr(1), '/'), 0, values);
  if (node == nullptr) return match;
  for (std::size_t i = 0; i < node->names.size(); ++i)
    match.parameters.emplace_back(node->names[i], values[i]);
  for (const auto& route : node->routes) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += verb_word(route->verb);
    if (route->verb == Verb::get) match.allow += ", HEAD";
    if (route->verb == verb || (verb == Verb::head && route->verb == Verb::get))
      match.route = route.get();
  }
  match.allow += ", OPTIONS";
  return match;
}

}  // namespace tg::net
