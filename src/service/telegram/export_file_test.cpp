#include "service/telegram/export_file.hpp"

#include <fstream>

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

TEST_F(ExportFileTest, TheOutermostResultIsMeant) {
  EXPECT_EQ(
      read(zip(
          {{"a/b/result.json", "inner"}, {"a/data.json", "other"}, {"a/result.json", "outer"}})),
      "outer");
  EXPECT_EQ(read(zip({{"a/chat.json", "only"}})), "only");
  EXPECT_EQ(read(zip({{"Chat\\result.json", "windows"}})), "windows");
  EXPECT_EQ(read(zip({{"photos/a..b.jpg", "x"}, {"result.json", "dots in names"}})),
            "dots in names");
  EXPECT_EQ(read(zip({{"a.txt", "x"}})), "! there is no result.json in the zip file");
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
  EXPECT_EQ(read(zip({{"result.json", zeros}})), "! the file inflates more than 100 times");
  EXPECT_EQ(read(gzip({zeros})), "! the file inflates more than 100 times");
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

TEST_F(ExportFileTest, DamagedFilesAreErrorsNotEnds) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 104'729LL % 999'983);
  const fs::path file = gzip({text});
  std::string bytes(fs::file_size(file), '\0');
  std::ifstream(file, std::ios::binary)
      .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  EXPECT_TRUE(read(plain("damaged.gz", bytes)).starts_with("! the gzip file is damaged"));
  EXPECT_EQ(read(plain("cut.zip", "PK\x03\x04zzzz")), "! the zip file cannot be read");
  EXPECT_TRUE(read(plain("empty", "")).starts_with("! empty cannot be read or is empty"));
  EXPECT_TRUE(read(folder_ / "absent").starts_with("! absent cannot be read"));
}

}  // namespace
}  // namespace tg::telegram
