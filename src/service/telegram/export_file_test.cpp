#include "service/telegram/export_file.hpp"

#include <fstream>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <zip.h>
#include <zlib.h>

#include "base/ids.hpp"

namespace tg::telegram {
namespace {

namespace fs = std::filesystem;

class ExportFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tg_export_file_" + random_hex(6));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path plain(const std::string& name, std::string_view bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  // One member a piece.
  fs::path gzip(const std::vector<std::string>& pieces) {
    const fs::path path = folder_ / "x.gz";
    for (const std::string& piece : pieces) {
      gzFile file = gzopen(path.c_str(), "ab");
      gzwrite(file, piece.data(), static_cast<unsigned>(piece.size()));
      gzclose(file);
    }
    return path;
  }
  fs::path zip(const std::vector<std::pair<std::string, std::string>>& entries) {
    const fs::path path = folder_ / "x.zip";
    int code = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    for (const auto& [name, bytes] : entries) {
      zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
      zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    }
    EXPECT_EQ(zip_close(archive), 0);
    return path;
  }
  // What is read, or the reason why not.
  static std::string read(const fs::path& path) {
    auto file = ExportFile::open(path);
    if (!file) return "! " + file.error().message;
    std::string out;
    while (true) {
      auto piece = (*file)->read();
      if (!piece) return "! " + piece.error().message;
      if (!*piece) return out;
      if (out.size() < 1 << 20) out += **piece;
    }
  }

  fs::path folder_;
};

TEST_F(ExportFileTest, PlainGzipAndZipReadTheSame) {
  const std::string text = R"({"name":"x"})";
  EXPECT_EQ(read(plain("result.json", text)), text);
  EXPECT_EQ(read(gzip({text})), text);
  EXPECT_EQ(read(gzip({"!"})), text + "!");  // members follow each other
  EXPECT_EQ(
      read(zip({{"ChatExport_2025/result.json", text}, {"ChatExport_2025/photos/a.jpg", "j"}})),
      text);
}

TEST_F(ExportFileTest, TheOutermostResultJsonIsRead) {
  EXPECT_EQ(
      read(zip(
          {{"a/b/result.json", "inner"}, {"a/data.json", "other"}, {"a/result.json", "outer"}})),
      "outer");
  EXPECT_EQ(read(zip({{"a/chat.json", "only"}})), "only");
  EXPECT_EQ(read(zip({{"Chat\\result.json", "windows"}})), "windows");
  EXPECT_EQ(read(zip({{"photos/a..b.jpg", "x"}, {"result.json", "dots in names"}})),
            "dots in names");
  EXPECT_EQ(read(zip({{"a.txt", "x"}})), "! the zip file contains no result.json");
}

TEST_F(ExportFileTest, NamesThatLeaveTheFolderAreRefused) {
  for (const char* name : {"../result.json", "a/../../result.json", "/etc/result.json",
                           "C:\\result.json", "a\\..\\result.json"}) {
    EXPECT_EQ(read(zip({{name, "x"}})), "! the zip file has an entry whose name leaves its folder")
        << name;
  }
}

TEST_F(ExportFileTest, BombsEndEarly) {
  const std::string zeros(100 << 20, '0');
  EXPECT_EQ(read(zip({{"result.json", zeros}})),
            "! the file inflates to more than 100 times its size");
  EXPECT_EQ(read(gzip({zeros})), "! the file inflates to more than 100 times its size");
  // What a real export does: long, packed well, but not like that.
  std::string text;
  for (int i = 0; text.size() < (70 << 20); ++i)
    text += "{\"id\": " + std::to_string(i * 7919LL % 1'000'003) +
            ", \"type\": \"message\", \"text\": \"" + std::to_string(i * 104'729LL % 999'983) +
            "\"},\n";
  EXPECT_FALSE(read(zip({{"result.json", text}})).starts_with("!"));
}

TEST_F(ExportFileTest, AMillionEntriesAreRefusedBeforeTheyAreRead) {
  const auto number = [](std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
    return out;
  };
  const std::string large = "PK\x06\x06" + number(44, 8) + number(45, 2) + number(45, 2) +
                            number(0, 8) + number(1'000'000, 8) + number(1'000'000, 8) +
                            number(0, 8) + number(0, 8);
  const std::string end = "PK\x05\x06" + number(0, 4) + number(0xFFFF, 2) + number(0xFFFF, 2) +
                          number(0xFFFFFFFF, 4) + number(0xFFFFFFFF, 4) + number(0, 2);
  EXPECT_TRUE(read(plain("many.zip", "PK\x03\x04" + large + end))
                  .starts_with("! the zip file has 1000000 entries"));
}

// Text that compresses little, and its gzip form.
std::string digits(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(i * 104'729LL % 999'983);
  return text;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Prefix {
  std::string text;
  std::string error;
};

Prefix read_prefix(const fs::path& path) {
  Prefix out;
  auto file = ExportFile::open(path).value();
  while (true) {
    auto piece = file->read();
    if (!piece) out.error = piece.error().message;
    if (!piece || !*piece) return out;
    out.text += **piece;
  }
}

TEST_F(ExportFileTest, ADamagedGzipKeepsWhatComesBeforeTheDamage) {
  const std::string text = digits(40'000);
  std::string bytes = bytes_of(gzip({text}));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  const Prefix damaged = read_prefix(plain("damaged.gz", bytes));
  EXPECT_TRUE(damaged.error.starts_with("the gzip file is damaged after byte ")) << damaged.error;
  EXPECT_EQ(damaged.error.find(folder_.string()), std::string::npos);
  EXPECT_GT(damaged.text.size(), text.size() / 3);
  // The checksum at the end is all that can tell of a changed byte: most of the text is as it was.
  std::size_t same = 0;
  while (same < damaged.text.size() && damaged.text[same] == text[same]) ++same;
  EXPECT_GT(same, text.size() / 3);
}

TEST_F(ExportFileTest, ACutGzipKeepsItsPrefix) {
  const std::string text = digits(40'000);
  const std::string bytes = bytes_of(gzip({text}));
  const Prefix cut = read_prefix(plain("cut.gz", bytes.substr(0, bytes.size() / 2)));
  EXPECT_EQ(cut.error, fmt::format("the gzip file is cut off after byte {}; everything before it "
                                   "was read",
                                   bytes.size() / 2));
  EXPECT_TRUE(text.starts_with(cut.text));
  EXPECT_GT(cut.text.size(), text.size() / 3);
  // Cut within the second member.
  const std::string two = bytes + bytes.substr(0, bytes.size() / 2);
  EXPECT_EQ(read_prefix(plain("two.gz", two)).text, text + cut.text);
  EXPECT_EQ(read_prefix(plain("padded.gz", bytes + std::string(512, '\0'))).text, text);
}

TEST_F(ExportFileTest, ADamagedZipSaysWhereAndACutOneThatNothingIsLeft) {
  const std::string text = digits(40'000);
  std::string bytes = bytes_of(zip({{"result.json", text}}));
  EXPECT_TRUE(read(plain("cut.zip", bytes.substr(0, bytes.size() / 2)))
                  .starts_with("! the zip file is incomplete or damaged"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  const Prefix damaged = read_prefix(plain("damaged.zip", bytes));
  EXPECT_TRUE(damaged.error.starts_with("the zip file is damaged after byte ")) << damaged.error;
  EXPECT_GT(damaged.text.size(), text.size() / 3);
}

TEST_F(ExportFileTest, RefusesOtherFiles) {
  EXPECT_TRUE(read(plain("cut.zip", "PK\x03\x04zzzz"))
                  .starts_with("! the zip file is incomplete or damaged"));
  EXPECT_TRUE(read(plain("empty", "")).starts_with("! empty cannot be read or is empty"));
  EXPECT_TRUE(read(folder_ / "absent").starts_with("! absent cannot be read"));
}

}  // namespace
}  // namespace tg::telegram
