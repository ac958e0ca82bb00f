#include "runtime/trace.hpp"

#include <algorithm>
#include <cstring>
#include <random>

#include "base/encoding.hpp"

namespace tg {
namespace {

// version "-" trace-id "-" span-id "-" flags
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kSpanAt = 36;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kLength = 55;

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

bool is_valid(std::string_view parent) {
  if (parent.size() < kLength || parent[2] != '-' || parent[kSpanAt - 1] != '-' ||
      parent[kFlagsAt - 1] != '-') {
    return false;
  }
  const std::string_view version = parent.substr(0, 2);
  const std::string_view trace = parent.substr(kTraceAt, 32);
  const std::string_view span = parent.substr(kSpanAt, 16);
  if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(span) ||
      !is_lower_hex(parent.substr(kFlagsAt, 2)) || version == "ff" || is_zero(trace) ||
      is_zero(span)) {
    return false;
  }
  return version == "00" ? parent.size() == kLength
                         : parent.size() == kLength || parent[kLength] == '-';
}

template <std::size_t N>
void fill_from_hex(std::array<std::uint8_t, N>& out, std::string_view hex) {
  const std::string bytes = decode_hex(hex).value_or(std::string(N, '\1'));
  std::copy_n(bytes.begin(), N, out.begin());
}

// Ids must be unique, not secret; avoids a system call per id.
template <std::size_t N>
void fill_randomly(std::array<std::uint8_t, N>& out) {
  thread_local std::mt19937_64 generator{
      (static_cast<std::uint64_t>(std::random_device{}()) << 32) ^ std::random_device{}()};
  for (std::size_t i = 0; i < N; i += 8) {
    const std::uint64_t random = generator() | 1;  // never all zero
    std::memcpy(out.data() + i, &random, 8);
  }
}

template <std::size_t N>
std::string hex_of(const std::array<std::uint8_t, N>& bytes) {
  return encode_hex(std::string(bytes.begin(), bytes.end()));
}

}  // namespace

Trace Trace::start() {
  Trace trace;
  fill_randomly(trace.trace_id);
  fill_randomly(trace.span_id);
  return trace;
}

std::optional<Trace> Trace::parse(std::string_view traceparent) {
  if (!is_valid(traceparent)) return std::nullopt;
  Trace trace;
  fill_from_hex(trace.trace_id, traceparent.substr(kTraceAt, 32));
  fill_from_hex(trace.span_id, traceparent.substr(kSpanAt, 16));
  const auto flags = decode_hex(traceparent.substr(kFlagsAt, 2));
  trace.is_sampled = flags && (static_cast<unsigned char>(flags->front()) & 1U) != 0;
  return trace;
}

Trace Trace::receive(std::string_view traceparent, std::string_view tracestate) {
  const std::optional<Trace> caller = parse(traceparent);
  if (!caller) return start();
  Trace trace = caller->child();
  if (tracestate.size() <= kStateLimit) trace.state = tracestate;
  return trace;
}

Trace Trace::child() const {
  Trace made = *this;
  fill_randomly(made.span_id);
  return made;
}

std::string Trace::traceparent() const {
  return "00-" + hex_of(trace_id) + "-" + hex_of(span_id) + (is_sampled ? "-01" : "-00");
}

std::string_view trace_id_of(std::string_view traceparent) {
  return is_valid(traceparent) ? traceparent.substr(kTraceAt, 32) : std::string_view();
}

}  // namespace tg
