// Paths to handlers, without regular expressions: a tree of segments. `{name}` takes one segment,
// `{name...}` one or more and may be followed by literals; a literal wins over a name, a longer
// literal tail over a longer name. Finding copies no text. Built once, then read by any thread.
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
  // Two routes of one verb and pattern are a bug: the first stays and false is returned.
  bool add(Route route);

  // All views point into the path and the router.
  struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this verb
    std::string_view allow;        // the verbs of that path; empty: there is no such path
    std::vector<std::pair<std::string_view, std::string_view>> parameters;
  };
  // HEAD finds the route of GET.
  Match find(Verb verb, std::string_view path) const;
  // The same into a match that keeps its memory.
  void find(Verb verb, std::string_view path, Match& match) const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> one;   // {name}
    std::unique_ptr<Node> many;  // {name...}
    std::vector<std::unique_ptr<Route>> routes;
    std::vector<std::string> names;  // of the parameters on the way here
    std::string allow;
  };
  // `at` is where the next segment begins; one past the path's size when there is none.
  const Node* walk(const Node& node, std::string_view path, std::size_t at, Match& match) const;
  const Node* walk_many(const Node& node, std::string_view path, std::size_t at,
                        Match& match) const;

  Node root_;
};

}  // namespace tg::net
