// W3C Trace Context: identifies a request across processes. Plain values.
//
//   Trace trace = Trace::receive(headers["traceparent"], headers["tracestate"]);  // or a new trace
//   call.traceparent = trace.traceparent();
//   ...
//   outgoing["traceparent"] = trace.child().traceparent();   // for the next hop
//
// A missing or invalid header starts a new trace; it is never an error.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tg {

struct Trace {
  std::array<std::uint8_t, 16> trace_id{};  // never all zero
  std::array<std::uint8_t, 8> span_id{};    // never all zero
  bool is_sampled = false;
  std::string state;  // `tracestate` as received, at most kStateLimit bytes

  static constexpr std::size_t kStateLimit = 512;

  static Trace start();
  // nullopt if `traceparent` is invalid (versions after 00 may have more fields).
  static std::optional<Trace> parse(std::string_view traceparent);
  // The caller's trace with a new span, or a new trace. A state that is too long or without a valid
  // trace is dropped.
  static Trace receive(std::string_view traceparent, std::string_view tracestate);

  // The same trace, with a new span.
  Trace child() const;
  // "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  std::string traceparent() const;
};

// The trace id of a traceparent in hex; empty if it is invalid.
std::string_view trace_id_of(std::string_view traceparent);

}  // namespace tg
