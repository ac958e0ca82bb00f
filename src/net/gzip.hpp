// Incremental gzip compression and decompression. CPU-bound: about 0.2 ms for 32 kB either way, so
// callers on an event loop pass at most that much and yield in between. Not thread-safe: one
// stream's.
#pragma once

#include <string>
#include <string_view>

#include <zlib.h>

namespace tg::net {

class Gzip {
 public:
  enum class End { none, flush, finish };  // flush: the reader can decode all input so far

  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // Appends the output available so far to `out`.
  void add(std::string_view bytes, End end, std::string& out);

 private:
  z_stream stream_{};
};

class Gunzip {
 public:
  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // Decodes from the front of `bytes` until they are used up or `at_most` bytes were appended to
  // `out`, which bounds the memory of a decompression bomb. False: corrupt data.
  bool take(std::string_view& bytes, std::string& out, std::size_t at_most);
  // Whether the input may end here (no input yet, or complete members).
  bool is_whole() const { return whole_; }

 private:
  z_stream stream_{};
  bool whole_ = true;
};

}  // namespace tg::net
