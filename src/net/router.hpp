// Maps paths to handlers with a tree of segments, without regular expressions. `{name}` matches one
// segment, `{name...}` one or more and may be followed by literals. A literal takes precedence over
// a parameter, a longer literal suffix over a longer parameter. Matching copies no text.
// Thread-safe after construction.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace tg::net {

struct RouteOptions {
  std::size_t body_limit = 1 << 20;
};

struct Route {
  Verb verb = Verb::get;
  std::string pattern;
  RouteOptions options;
  Handler handler;
};

class Router {
 public:
  // Two routes with the same verb and pattern are a bug: the first is kept and false is returned.
  bool add(Route route);

  // Views into the path and the router.
  struct Match {
    const Route* route = nullptr;  // null: no such path, or not for this verb
    std::string_view allow;        // the verbs of that path; empty: there is no such path
    std::vector<std::pair<std::string_view, std::string_view>> parameters;
  };
  // HEAD matches the routes of GET.
  Match find(Verb verb, std::string_view path) const;
  // The same, reusing the memory of `match`.
  void find(Verb verb, std::string_view path, Match& match) const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> one;   // {name}
    std::unique_ptr<Node> many;  // {name...}
    std::vector<std::unique_ptr<Route>> routes;
    std::vector<std::string> names;  // of the parameters from the root
    std::string allow;
  };
  // `at`: where the next segment begins; size() + 1 when there is none.
  const Node* walk(const Node& node, std::string_view path, std::size_t at, Match& match) const;
  const Node* walk_many(const Node& node, std::string_view path, std::size_t at,
                        Match& match) const;

  Node root_;
};

}  // namespace tg::net
