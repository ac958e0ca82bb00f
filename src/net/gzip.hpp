// gzip both ways, in pieces of bounded size. CPU work: about 0.2 ms for 32 kB each way; callers on
// a loop hand in pieces of at most that and let others run in between. One stream's.
#pragma once

#include <string>
#include <string_view>

#include <zlib.h>

namespace tg::net {

class Gzip {
 public:
  enum class End { none, flush, finish };  // flush: the reader can decode all that was added

  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // Appends to `out` what has become ready.
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
  // `out`, so that a bomb costs no more memory than that. False: broken data.
  bool take(std::string_view& bytes, std::string& out, std::size_t at_most);
  // Whether the data may end here (nothing yet, or whole members).
  bool is_whole() const { return whole_; }

 private:
  z_stream stream_{};
  bool whole_ = true;
};

}  // namespace tg::net
