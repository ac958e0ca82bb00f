// An export of any shape, whole and in two pieces: the same posts either way.
#include <cstdlib>

#include "service/telegram/export_reader.hpp"

namespace {

std::vector<std::string> texts_of(std::string_view bytes, std::size_t cut) {
  std::vector<std::string> texts;
  tg::telegram::ExportReader reader(
      {.on_channel = [](const tg::telegram::Channel&) {},
       .on_post = [&texts](tg::telegram::Post post) { texts.push_back(std::move(post.text)); },
       .on_service = [] {},
       .on_refused = [](std::string, std::int64_t) {}});
  if (!reader.feed(bytes.substr(0, cut)) || !reader.feed(bytes.substr(cut))) return texts;
  static_cast<void>(reader.finish());
  return texts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (texts_of(bytes, 0) != texts_of(bytes, bytes.size() * data[0] / 256)) std::abort();
  return 0;
}
