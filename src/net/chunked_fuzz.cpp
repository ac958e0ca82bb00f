// llhttp behind the guard decodes chunked bodies like a simple reference decoder.
#include <cstdlib>
#include <optional>

#include "net/framing.hpp"
#include "net/fuzz_pieces.hpp"

namespace {

constexpr std::string_view kFields = "Transfer-Encoding: chunked\r\n\r\n";

int hex_value(char c) {
  const auto at = std::string_view("0123456789abcdef").find(c | (c >= 'A' && c <= 'F' ? 0x20 : 0));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// The data of a complete body; nullopt if it is incomplete or malformed.
std::optional<std::string> simple(std::string_view bytes) {
  std::string data;
  while (true) {
    const std::size_t end = bytes.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = bytes.substr(0, end);
    std::uint64_t chunk = 0;
    std::size_t digits = 0;
    while (digits < line.size() && hex_value(line[digits]) >= 0) {
      chunk = chunk * 16 + static_cast<std::uint64_t>(hex_value(line[digits]));
      if (++digits > 15) return std::nullopt;
    }
    if (digits == 0 || (digits < line.size() && line[digits] != ';')) return std::nullopt;
    bytes.remove_prefix(end + 2);
    if (chunk == 0) return bytes.starts_with("\r\n") ? std::optional(data) : std::nullopt;
    if (bytes.size() < chunk || !bytes.substr(chunk).starts_with("\r\n")) return std::nullopt;
    data += bytes.substr(0, chunk);
    bytes.remove_prefix(chunk + 2);
  }
}

std::optional<std::string> decode(std::initializer_list<std::string_view> pieces) {
  tg::net::Framing framing;
  if (!framing.start_request(kFields, {.is_chunked = true})) std::abort();
  std::string data;
  for (std::string_view piece : pieces) {
    if (!framing.take(piece, data)) return std::nullopt;
  }
  return framing.complete() ? std::optional(data) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto input = tg::net::pieces(data, size);
  const auto whole = decode({input.whole});
  if (whole != decode({input.cut[0], input.cut[1]})) std::abort();
  // The reference accepts whatever we accept, and possibly more (odd extensions).
  if (whole && whole != simple(input.whole)) std::abort();
  return 0;
}
