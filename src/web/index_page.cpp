#include "web/index_page.hpp"

#include <fmt/core.h>

#include "base/encoding.hpp"

// The file itself, embedded by the assembler.
__asm__(
    ".section .rodata.tg_index_page, \"a\", @progbits\n"
    ".hidden tg_index_page\n"
    ".global tg_index_page\n"
    "tg_index_page:\n"
    ".incbin \"" TG_INDEX_PAGE
    "\"\n"
    ".hidden tg_index_page_end\n"
    ".global tg_index_page_end\n"
    "tg_index_page_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char tg_index_page[];
extern const char tg_index_page_end[];
}

namespace tg::web {
namespace {

// The content of the first <tag>, which is what a browser hashes.
std::string_view inside(std::string_view page, std::string_view tag) {
  const std::string opening = fmt::format("<{}>", tag);
  const std::size_t start = page.find(opening) + opening.size();
  return page.substr(start, page.find(fmt::format("</{}>", tag), start) - start);
}

std::string hash_source(std::string_view text) {
  return fmt::format("'sha256-{}='", encode_base64url(sha256(text)));
}

std::string content_security_policy() {
  return fmt::format(
      "default-src 'self'; script-src {}; style-src {}; img-src 'self' data:; connect-src 'self'; "
      "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      hash_source(inside(index_page(), "script")), hash_source(inside(index_page(), "style")));
}

}  // namespace

std::string_view index_page() {
  return {tg_index_page, static_cast<std::size_t>(tg_index_page_end - tg_index_page)};
}

const std::string& index_page_etag() {
  static const std::string tag = fmt::format("\"{}\"", sha256_hex(index_page()).substr(0, 32));
  return tag;
}

const std::vector<std::pair<std::string, std::string>>& index_page_headers() {
  static const std::vector<std::pair<std::string, std::string>> headers = {
      {"Content-Type", "text/html; charset=utf-8"},
      {"Content-Security-Policy", content_security_policy()},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
      {"Cache-Control", "no-cache"},  // revalidate each time; the ETag makes it cheap
      {"ETag", index_page_etag()},
  };
  return headers;
}

}  // namespace tg::web
