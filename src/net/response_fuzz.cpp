// For any input, a response is the same whether it arrives whole or in pieces.
#include <cstdlib>

#include "net/fuzz_pieces.hpp"
#include "net/response_parser.hpp"

namespace {

std::string read(std::initializer_list<std::string_view> pieces, bool answers_head) {
  tg::net::ResponseParser parser;
  parser.start(answers_head);
  std::string body;
  for (const std::string_view piece : pieces) {
    parser.append(piece);
    body += parser.take_body();
  }
  parser.end_of_stream();
  if (parser.failure()) return "failed";
  std::string said = std::to_string(parser.status()) + (parser.can_be_reused() ? " again\n" : "\n");
  for (const auto& [name, value] : parser.headers())
    said.append(name).append("=").append(value).append("\n");
  return said + body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto input = tg::net::pieces(data, size);
  for (const bool answers_head : {false, true}) {
    if (read({input.whole}, answers_head) != read({input.cut[0], input.cut[1]}, answers_head))
      std::abort();
  }
  return 0;
}
