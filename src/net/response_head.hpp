// Serializes response heads. The fields for message framing and connection reuse are written only
// here: fields of those names in a handler's headers are dropped, as are fields that contain a line
// break. Thread-safe (http_date caches one second per thread).
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

// `weaker`: further fields, in descending precedence; each is written unless an earlier source has
// set that name, except Vary, to which every source may add.
void append_response_head(std::string& out, int status, const Headers& headers,
                          const ResponseEnds& ends, std::string_view request_id, UnixMillis now,
                          std::initializer_list<const Headers*> weaker = {});
// "Tue, 15 Nov 1994 08:12:31 GMT"
std::string http_date(UnixMillis time);
// Whether gzip is worthwhile for a Content-Type. Not for event streams: each event would be flushed
// on its own, which saves little and costs both sides.
bool is_compressible(std::string_view content_type);
bool is_request_id(std::string_view id);

}  // namespace tg::net
