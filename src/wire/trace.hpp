// W3C Trace Context: what names a request across processes. A value that is not well-formed starts
// a new trace; it is never an error. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace tg::wire {

// "00-" 32 hex "-" 16 hex "-" 2 hex, neither id all zero.
bool is_traceparent(std::string_view text);
// The same trace with a new span of ours; a new trace unless `incoming` is well-formed.
std::string continue_trace(std::string_view incoming);

}  // namespace tg::wire
