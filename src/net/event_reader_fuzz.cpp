// For any input, events are the same whether it arrives whole or in pieces, and survive a round
// trip through the writer.
#include <cstdlib>
#include <vector>

#include "net/event_reader.hpp"
#include "net/fuzz_pieces.hpp"
#include "net/http.hpp"

namespace {

std::vector<tg::net::ServerEvent> read(std::initializer_list<std::string_view> pieces) {
  tg::net::EventReader reader;
  std::vector<tg::net::ServerEvent> events;
  for (const std::string_view piece : pieces) {
    reader.append(piece);
    while (true) {
      auto event = reader.next();
      if (!event || !*event) break;
      events.push_back(**std::move(event));
    }
  }
  return events;
}

bool are_equal(const std::vector<tg::net::ServerEvent>& a,
               const std::vector<tg::net::ServerEvent>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || a[i].data != b[i].data || a[i].id != b[i].id) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto input = tg::net::pieces(data, size);
  const auto whole = read({input.whole});
  if (!are_equal(whole, read({input.cut[0], input.cut[1]}))) std::abort();
  for (const auto& event : whole) {
    const auto again = read({tg::net::format_event(event.name, event.data)});
    if (again.size() != 1 || again[0].name != event.name || again[0].data != event.data)
      std::abort();
  }
  return 0;
}
