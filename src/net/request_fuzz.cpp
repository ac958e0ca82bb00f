// For any input, a connection's requests are the same whether it arrives whole or in pieces, and
// nothing is parsed after a failure.
#include <cstdlib>

#include "net/fuzz_pieces.hpp"
#include "net/request_parser.hpp"

namespace {

void read_all(tg::net::RequestParser& parser, std::string& said) {
  while (parser.next_head()) {
    auto& head = parser.head();
    said.append(tg::net::verb_word(head.verb)).append(" ").append(head.path).append("?");
    said.append(head.query).append("\n");
    for (const auto& [name, value] : head.headers)
      said.append(name).append("=").append(value).append("\n");
    while (const auto piece = parser.take_body()) said += *piece;
    if (!parser.body_complete()) return;
    parser.next_request();
    said += "\nend\n";
  }
  while (const auto piece = parser.take_body()) said += *piece;
  if (!parser.body_complete()) return;
  parser.next_request();
  said += "\nend\n";
  read_all(parser, said);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto input = tg::net::pieces(data, size);
  std::string whole;
  tg::net::RequestParser at_once;
  at_once.append(input.whole);
  read_all(at_once, whole);
  std::string cut;
  tg::net::RequestParser in_pieces;
  for (const std::string_view piece : input.cut) {
    in_pieces.append(piece);
    read_all(in_pieces, cut);
  }
  // A failure after a body may be detected before the body's last bytes were taken.
  const bool failed = at_once.failure() || in_pieces.failure();
  if (!failed && whole != cut) std::abort();
  if (at_once.failure().has_value() != in_pieces.failure().has_value()) std::abort();
  if (at_once.failure() && (at_once.next_head() || at_once.take_body())) std::abort();
  return 0;
}
