#include "net/multipart.hpp"

#include <gtest/gtest.h>

namespace tg::net {
namespace {

// A parsed body: "name(filename, type)=data;" for each part, "." for the end, "!" for an error.
std::string read(std::string_view boundary, const std::vector<std::string_view>& pieces) {
  MultipartParser parser(boundary);
  std::string said;
  for (const std::string_view piece : pieces) {
    parser.append(piece);
    while (true) {
      const auto event = parser.next();
      if (!event) return said + "!";
      if (!*event) break;
      if (const auto* head = std::get_if<PartHead>(&**event)) {
        said += head->name;
        if (head->filename) said += "(" + *head->filename + ", " + head->content_type + ")";
        said += "=";
      } else if (const auto* data = std::get_if<PartData>(&**event)) {
        EXPECT_FALSE(data->bytes.empty());
        said += data->bytes;
      } else {
        said += std::holds_alternative<PartEnd>(**event) ? ";" : ".";
      }
    }
  }
  return said;
}
std::string read(std::string_view body) {
  return read("b", {body});
}
// One part with these header lines.
std::string part(std::string_view fields, std::string_view data = "x") {
  return "--b\r\n" + std::string(fields) + "\r\n\r\n" + std::string(data) + "\r\n--b--\r\n";
}
std::string disposition(std::string_view rest) {
  return "Content-Disposition: form-data; " + std::string(rest);
}

const std::string kForm =
    "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA book\r\n"
    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
    "Content-Type: text/plain\r\n\r\nline\r\n--not the boundary\r\n\r\n-\r\n--b\r\n"
    "content-disposition: FORM-DATA; name=empty\r\n\r\n\r\n--b--\r\nepilogue";
const std::string kSaid =
    "title=A book;file(a.txt, text/plain)=line\r\n--not the boundary\r\n\r\n-;empty=;.";

TEST(Multipart, PartsComeInOrder) {
  EXPECT_EQ(read(kForm), kSaid);
}

TEST(Multipart, IsTheSameSplitAtEveryPosition) {
  const std::string_view form = kForm;
  for (std::size_t at = 0; at <= form.size(); ++at)
    EXPECT_EQ(read("b", {form.substr(0, at), form.substr(at)}), kSaid) << at;
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < form.size(); ++at) bytes.push_back(form.substr(at, 1));
  EXPECT_EQ(read("b", bytes), kSaid);
}

TEST(Multipart, ALargeFileIsNeverHeld) {
  MultipartParser parser("b");
  parser.append("--b\r\n" + disposition("name=f; filename=f") + "\r\n\r\n");
  ASSERT_TRUE(std::holds_alternative<PartHead>(**parser.next()));
  std::size_t size = 0;
  for (int i = 0; i < 1000; ++i) {
    parser.append(std::string(10'000, 'x'));
    while (true) {
      const auto event = parser.next();
      ASSERT_TRUE(event);
      if (!*event) break;
      size += std::get<PartData>(**event).bytes.size();
    }
    EXPECT_GE(size + 100, static_cast<std::size_t>(i + 1) * 10'000) << "kept back";
  }
}

TEST(Multipart, DataMayResembleTheBoundary) {
  for (const std::string data :
       {"\r\n--", "\r\n-", "\r", "\n", "-b", "\r\n--a", "\n--b", "\r\r\n--a"})
    EXPECT_EQ(read(part(disposition("name=a"), data)), "a=" + data + ";.") << data;
}

TEST(Multipart, NamesAreReadAsBrowsersWriteThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"name=\"a b\"", "a b=x;."},
      {"name=\"a;b\"", "a;b=x;."},
      {"name=\"a\\\"b\"", "a\"b=x;."},
      {"name = a ; filename = b", "a(b, )=x;."},
      {"filename=\"C:\\dir\\file.txt\"; name=a", "a(file.txt, )=x;."},
      {"name=a; filename=\"../../etc/passwd\"", "a(passwd, )=x;."},
      {"name=a; filename=\"say %22hi%22\"", "a(say \"hi\", )=x;."},
      {"name=a; filename=\"\"", "a(, )=x;."},
      {"NAME=a", "a=x;."},
      {"name=\"\xD1\x8F\"", "\xD1\x8F=x;."},
      {"name=\"\xFF\"", "\xEF\xBF\xBD=x;."},
  };
  for (const auto& [rest, said] : cases) EXPECT_EQ(read(part(disposition(rest))), said) << rest;
}

TEST(Multipart, WhatIsMalformedIsRefused) {
  const std::string good = disposition("name=a");
  const std::pair<const char*, std::string> cases[] = {
      {"a preamble", "hello\r\n" + part(good)},
      {"another boundary", "--c\r\n" + good + "\r\n\r\nx\r\n--c--"},
      {"bytes after the boundary", "--bX\r\n" + good + "\r\n\r\nx\r\n--b--"},
      {"no name", part("Content-Disposition: form-data")},
      {"an empty name", part(disposition("name=\"\""))},
      {"an open quote", part(disposition("name=\"a"))},
      {"no disposition", part("Content-Type: text/plain")},
      {"no fields", "--b\r\n\r\n\r\nx\r\n--b--"},
      {"two dispositions", part(good + "\r\n" + good)},
      {"another disposition", part("Content-Disposition: attachment; name=a")},
      {"base64", part(good + "\r\nContent-Transfer-Encoding: base64")},
      {"a malformed field", part(good + "\r\nno colon")},
      {"a space before the colon", part("Content-Disposition : form-data; name=a")},
      {"a control character", part(good + "\r\nX: a\x01")},
      {"a large head", part(good + "\r\nX: " + std::string(9000, 'a'))},
      {"an endless head", "--b\r\nX: " + std::string(9000, 'a')},
  };
  for (const auto& [name, body] : cases) EXPECT_TRUE(read(body).ends_with("!")) << name;
  EXPECT_EQ(read(part(good + "\r\nContent-Transfer-Encoding: 8bit")), "a=x;.");
}

TEST(Multipart, PartsAreAtMostAHundred) {
  const auto parts = [](int count) {
    std::string body;
    for (int i = 0; i < count; ++i) body += "--b\r\n" + disposition("name=a") + "\r\n\r\n\r\n";
    return body + "--b--";
  };
  EXPECT_TRUE(read(parts(100)).ends_with("."));
  EXPECT_TRUE(read(parts(101)).ends_with("!"));
}

TEST(Multipart, AnErrorIsFinal) {
  MultipartParser parser("b");
  parser.append("hello world");
  EXPECT_FALSE(parser.next());
  parser.append(kForm);
  EXPECT_FALSE(parser.next());
}

TEST(Multipart, TheBoundaryStandsInTheContentType) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc").value_or("-"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=x; Boundary=\"a b\"").value_or("-"),
            "a b");
  for (const std::string& type :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        std::string("multipart/form-data; boundary=\"a\r\n\""),
        std::string("multipart/form-data; boundary=\"a \""),
        "multipart/form-data; boundary=" + std::string(71, 'a')})
    EXPECT_FALSE(multipart_boundary(type)) << type;
  EXPECT_EQ(multipart_boundary("application/json").error().code, Code::unsupported_media_type);
}

}  // namespace
}  // namespace tg::net
