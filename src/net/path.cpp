#include "net/path.hpp"

#include "base/text.hpp"

namespace tg::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool append_decoded(std::string_view segment, std::string& path) {
  for (std::size_t at = 0; at < segment.size(); ++at) {
    if (segment[at] != '%') {
      path += segment[at];
      continue;
    }
    if (at + 2 >= segment.size()) return false;
    const int high = hex_value(segment[at + 1]);
    const int low = hex_value(segment[at + 2]);
    const int byte = high * 16 + low;
    if (high < 0 || low < 0 || byte == 0) return false;
    if (byte == '/' || byte == '\\') {
      path += segment.substr(at, 3);
    } else {
      path += static_cast<char>(byte);
    }
    at += 2;
  }
  return true;
}

}  // namespace

bool normalise_path(std::string_view raw, std::string& path) {
  path.clear();
  bool ends_in_folder = false;
  for (std::size_t at = 1; at <= raw.size();) {
    const std::size_t end = std::min(raw.find('/', at), raw.size());
    const std::size_t kept = path.size();
    path += '/';
    if (!append_decoded(raw.substr(at, end - at), path)) return false;
    const std::string_view segment = std::string_view(path).substr(kept + 1);
    ends_in_folder = segment == "." || segment == "..";
    if (ends_in_folder) {
      const bool is_up = segment == "..";
      path.resize(kept);
      if (is_up && kept > 0) path.resize(path.rfind('/'));
    }
    at = end + 1;
  }
  if (ends_in_folder) path += '/';
  if (path.empty()) path = "/";
  return text::is_valid_utf8(path);
}

}  // namespace tg::net
