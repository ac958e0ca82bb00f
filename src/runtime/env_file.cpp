#include "runtime/env_file.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.hpp"

namespace tg {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_key_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::vector<EnvLine>> read() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    std::vector<EnvLine> lines;
    while (true) {
      skip_to_entry();
      if (is_end()) return lines;
      TG_TRY(EnvLine entry, read_entry());
      const auto before = std::ranges::find(lines, entry.key, &EnvLine::key);
      if (before != lines.end()) {
        return refuse(entry.line,
                      fmt::format("{} is set twice (also in line {})", entry.key, before->line));
      }
      lines.push_back(std::move(entry));
    }
  }

 private:
  bool is_end() const { return at_ >= text_.size(); }
  char peek() const { return is_end() ? '\n' : text_[at_]; }
  char take() {
    const char c = text_[at_++];
    if (c == '\n') ++line_;
    return c;
  }

  static std::unexpected<Error> refuse(std::size_t line, std::string what) {
    return fail(Code::validation, "config.syntax", fmt::format("line {}: {}", line, what));
  }

  void skip_blanks() {
    while (!is_end() && is_blank(peek())) take();
  }
  void skip_line() {
    while (!is_end() && take() != '\n') continue;
  }
  // Advances to the next entry, past blank lines and comments.
  void skip_to_entry() {
    while (!is_end()) {
      const char c = peek();
      if (c == '#') {
        skip_line();
      } else if (is_blank(c) || c == '\n' || c == '\r') {
        take();
      } else {
        return;
      }
    }
  }

  std::string_view take_key() {
    const std::size_t begin = at_;
    while (!is_end() && is_key_character(peek())) take();
    return text_.substr(begin, at_ - begin);
  }

  Result<EnvLine> read_entry() {
    const std::size_t line = line_;
    std::string_view key = take_key();
    if (key == "export" && !is_end() && is_blank(peek())) {
      skip_blanks();
      key = take_key();
    }
    if (key.empty() || (key.front() >= '0' && key.front() <= '9')) {
      return refuse(line, "KEY=value expected");
    }
    if (is_end() || peek() != '=') {
      return refuse(line, fmt::format("'=' expected right after {}", key));
    }
    take();
    skip_blanks();
    EnvLine entry{.key = std::string(key), .value = {}, .line = line};
    if (peek() == '"' || peek() == '\'') {
      TG_TRY(entry.value, read_quoted(line));
      TG_TRY_VOID(expect_line_end(line));
    } else {
      entry.value = read_plain();
    }
    if (!text::is_valid_utf8(entry.value) || entry.value.contains('\0')) {
      return refuse(line, fmt::format("the value of {} is no UTF-8 text", entry.key));
    }
    return entry;
  }

  // Up to the end of the line or a comment after a space.
  std::string read_plain() {
    const std::size_t begin = at_;
    while (!is_end() && peek() != '\n') {
      if (peek() == '#' && is_blank(text_[at_ - 1])) break;
      take();
    }
    std::string_view value = text_.substr(begin, at_ - begin);
    while (!value.empty() && (is_blank(value.back()) || value.back() == '\r')) {
      value.remove_suffix(1);
    }
    skip_line();
    return std::string(value);
  }

  Result<std::string> read_quoted(std::size_t line) {
    const char quote = take();
    std::string value;
    while (!is_end()) {
      const char c = take();
      if (c == quote) return value;
      if (c != '\\' || quote == '\'') {
        value += c;
        continue;
      }
      if (is_end()) break;
      const std::string_view escapes = "n\nt\tr\r\\\\\"\"$$";
      const char escape = take();
      std::size_t i = 0;
      while (i < escapes.size() && escapes[i] != escape) i += 2;
      if (i >= escapes.size()) {
        return refuse(line_, fmt::format("\\{} is none of \\n \\t \\r \\\\ \\\" \\$", escape));
      }
      value += escapes[i + 1];
    }
    return refuse(line, "the closing quote is missing");
  }

  Result<void> expect_line_end(std::size_t line) {
    skip_blanks();
    if (!is_end() && peek() != '\n' && peek() != '\r' && peek() != '#') {
      return refuse(line, "nothing may follow the closing quote");
    }
    skip_line();
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::vector<EnvLine>> parse_env_file(std::string_view text) {
  return Reader(text).read();
}

}  // namespace tg
