// The head of an answer as bytes. What says where the answer ends, and whether the connection does,
// is written here alone: fields of those names in an answer's headers are left out, as are fields
// that hold a line end. Pure but for http_date's one-second memory a thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http.hpp"

namespace tg::net {

struct ResponseEnds {
  std::optional<std::uint64_t> length;
  bool is_chunked = false;
  bool closes = false;
  int minor_version = 1;  // of the request
};

// `weaker`: further fields, each written where nobody before has said the same name; but Vary is a
// list that everybody may add to.
void append_response_head(std::string& out, int status, const Headers& headers,
                          const ResponseEnds& ends, std::string_view request_id, UnixMillis now,
                          std::initializer_list<const Headers*> weaker = {});
// "Tue, 15 Nov 1994 08:12:31 GMT"
std::string http_date(UnixMillis time);
// Whether gzip is worth trying on a Content-Type. Not event streams: each event would be flushed
// alone, which gains little and costs both sides.
bool is_compressible(std::string_view content_type);
bool is_request_id(std::string_view id);

}  // namespace tg::net
