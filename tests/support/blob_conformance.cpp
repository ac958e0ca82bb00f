#include "tests/support/blob_conformance.hpp"

#include <map>
#include <mutex>

namespace tg::testing {
namespace {

using store::BlobInfo;
using store::Blobs;
using store::ByteReader;
using store::reader_of;

constexpr const char* kSame = "the same bytes come back, whatever they are and however they came";
constexpr const char* kSize = "put and size tell the number of bytes";
constexpr const char* kAbsent = "an absent blob is not found";
constexpr const char* kReplaces = "put replaces";
constexpr const char* kReaders = "a reader goes on with the bytes that it began with";
constexpr const char* kBroken = "a source that fails leaves everything as it was";
constexpr const char* kRemoves = "remove removes, and tells whether there was something";
constexpr const char* kLists = "list tells all ids in order, in pages";
constexpr const char* kCopies = "a copy opens with the same blobs";
constexpr const char* kErases = "a removed blob is in no byte";
constexpr const char* kSound = "check finds nothing wrong with sound blobs";
constexpr const char* kIds = "ids that could leave the store are refused";

class PiecesReader final : public ByteReader {
 public:
  PiecesReader(std::vector<std::string> pieces, bool fails)
      : pieces_(std::move(pieces)), fails_(fails) {}
  Task<Result<std::optional<std::string>>> read() override {
    if (at_ < pieces_.size()) co_return std::optional(pieces_[at_++]);
    if (fails_) co_return unavailable("source");
    co_return std::optional<std::string>();
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
  bool fails_;
};

std::string read(Blobs& blobs, const std::string& id) {
  const auto reader = run_blocking(blobs.get(id));
  if (!reader) return "(" + reader.error().message + ")";
  const auto bytes = run_blocking(store::read_whole(*reader));
  return bytes ? *bytes : "(" + bytes.error().message + ")";
}

std::uint64_t put(Blobs& blobs, const std::string& id, std::string bytes, Findings& findings) {
  return findings.value(run_blocking(blobs.put(id, reader_of(std::move(bytes)))), "put");
}

// Needs several pieces in both directions; contains all byte values.
std::string large() {
  std::string bytes;
  for (std::size_t i = 0; i < 700'001; ++i) bytes += static_cast<char>(i * 31 % 256);
  return bytes;
}

void same(BlobHarness& harness, Findings& findings) {
  const std::string whole = large();
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < whole.size(); at += 99'991)
    pieces.push_back(whole.substr(at, 99'991));
  findings.value(
      run_blocking(harness.blobs().put("large", std::make_shared<PiecesReader>(pieces, false))),
      "put");
  findings.expect(read(harness.blobs(), "large") == whole, "other bytes came back");
  put(harness.blobs(), "empty", "", findings);
  findings.expect(read(harness.blobs(), "empty").empty(), "an empty blob is not empty");
}

void sizes(BlobHarness& harness, Findings& findings) {
  findings.expect(put(harness.blobs(), "a", "12345", findings) == 5, "put did not answer 5");
  findings.expect(findings.value(run_blocking(harness.blobs().size("a")), "size") == 5,
                  "size did not answer 5");
}

void absent(BlobHarness& harness, Findings& findings) {
  const auto got = run_blocking(harness.blobs().get("never"));
  findings.expect(!got && got.error().code == Code::not_found, "get did not say not found");
  const auto size = run_blocking(harness.blobs().size("never"));
  findings.expect(!size && size.error().code == Code::not_found, "size did not say not found");
}

void replaces(BlobHarness& harness, Findings& findings) {
  put(harness.blobs(), "a", "a longer first one", findings);
  put(harness.blobs(), "a", "second", findings);
  findings.expect(read(harness.blobs(), "a") == "second", "the second bytes are not there");
}

void readers(BlobHarness& harness, Findings& findings) {
  const std::string first = large();
  put(harness.blobs(), "a", first, findings);
  const auto reader = findings.value(run_blocking(harness.blobs().get("a")), "get");
  if (!reader) return;
  put(harness.blobs(), "a", "second", findings);
  findings.expect(run_blocking(store::read_whole(reader)).value_or("") == first,
                  "the reader got other bytes after a replacement");
  const auto next = findings.value(run_blocking(harness.blobs().get("a")), "get");
  findings.value(run_blocking(harness.blobs().remove("a")), "remove");
  findings.expect(next && run_blocking(store::read_whole(next)).value_or("") == "second",
                  "the reader got other bytes after a removal");
}

void broken_source(BlobHarness& harness, Findings& findings) {
  put(harness.blobs(), "a", "first", findings);
  for (const char* id : {"a", "b"}) {
    const auto failed = run_blocking(harness.blobs().put(
        id, std::make_shared<PiecesReader>(std::vector<std::string>{"half", "more"}, true)));
    findings.expect(!failed, "put answers well though its source failed");
  }
  findings.expect(read(harness.blobs(), "a") == "first", "the old bytes are gone");
  findings.expect(!run_blocking(harness.blobs().get("b")), "half a blob is there");
}

void removes(BlobHarness& harness, Findings& findings) {
  findings.expect(!findings.value(run_blocking(harness.blobs().remove("a")), "remove"),
                  "something was removed though there was nothing");
  put(harness.blobs(), "a", "1", findings);
  findings.expect(findings.value(run_blocking(harness.blobs().remove("a")), "remove"),
                  "nothing was removed");
  findings.expect(!run_blocking(harness.blobs().get("a")), "it is still there");
}

void lists(BlobHarness& harness, Findings& findings) {
  for (const char* id : {"b", "a", "a.2", "c_3", "a-1"})
    put(harness.blobs(), id, std::string(3, 'x') + id, findings);
  std::vector<std::string> seen;
  std::optional<std::string> after;
  for (int page = 0; page < 10; ++page) {
    const auto infos = findings.value(run_blocking(harness.blobs().list(after, 2)), "list");
    findings.expect(infos.size() <= 2, "a page is longer than asked for");
    if (infos.empty()) break;
    for (const BlobInfo& info : infos) {
      seen.push_back(info.id);
      findings.expect(info.size == info.id.size() + 3, "a size is wrong");
    }
    after = infos.back().id;
  }
  findings.expect(seen == std::vector<std::string>{"a", "a-1", "a.2", "b", "c_3"},
                  "not all ids in order");
}

void ids(BlobHarness& harness, Findings& findings) {
  for (const char* id : {"", ".", "..", "../a", "a/b", ".hidden", "A", "a\\b", "a b"}) {
    const auto stored = run_blocking(harness.blobs().put(id, reader_of("x")));
    findings.expect(!stored && stored.error().field == "id", fmt::format("'{}' was taken", id));
    const auto got = run_blocking(harness.blobs().get(id));
    findings.expect(!got && got.error().field == "id", fmt::format("'{}' was looked for", id));
  }
}

void copies(BlobHarness& harness, Findings& findings) {
  put(harness.blobs(), "a", "first", findings);
  put(harness.blobs(), "empty", "", findings);
  const auto copy = harness.copy();
  put(harness.blobs(), "a", "second", findings);
  if (!copy) return findings.expect(false, "no copy: " + copy.error().detail);
  findings.expect(findings.value(run_blocking((*copy)->list({}, 10)), "list").size() == 2,
                  "not the two blobs");
  findings.expect(read(**copy, "a") == "first" && read(**copy, "empty").empty(), "other bytes");
  findings.expect(findings.value(run_blocking((*copy)->check()), "check").empty(),
                  "the copy is not sound");
}

void erases(BlobHarness& harness, Findings& findings) {
  const std::string secret = "planted-marker-0451";
  put(harness.blobs(), "a", secret, findings);
  findings.expect(harness.bytes().contains(secret), "the harness does not show what is kept");
  findings.value(run_blocking(harness.blobs().remove("a")), "remove");
  findings.expect(!harness.bytes().contains(secret), "it is still there after its removal");
  put(harness.blobs(), "b", secret, findings);
  put(harness.blobs(), "b", "other", findings);
  findings.expect(!harness.bytes().contains(secret), "it is still there after its replacement");
}

void sound(BlobHarness& harness, Findings& findings) {
  put(harness.blobs(), "a", large(), findings);
  for (const std::string& problem : findings.value(run_blocking(harness.blobs().check()), "check"))
    findings.expect(false, "a false alarm: " + problem);
}

using Contents = std::map<std::string, std::string>;
// The content of copies by folder.
using Copies = std::map<std::string, Contents>;

class MemoryBlobs : public Blobs {
 public:
  MemoryBlobs() = default;
  MemoryBlobs(Contents contents, Copies* copies) : copies_(copies), blobs_(std::move(contents)) {}

  std::string bytes() {
    const std::scoped_lock lock(mutex_);
    std::string all;
    for (const auto& [id, bytes] : blobs_) all += bytes;
    return all;
  }

  Task<Result<std::uint64_t>> put(std::string id, std::shared_ptr<ByteReader> bytes) override {
    TG_CO_TRY_VOID(store::check_blob_id(id));
    TG_CO_TRY(std::string whole, co_await store::read_whole(bytes));
    const std::uint64_t size = whole.size();
    const std::scoped_lock lock(mutex_);
    blobs_[std::move(id)] = std::move(whole);
    co_return size;
  }
  Task<Result<std::shared_ptr<ByteReader>>> get(std::string id) override {
    TG_CO_TRY_VOID(store::check_blob_id(id));
    const std::scoped_lock lock(mutex_);
    const auto found = blobs_.find(id);
    if (found == blobs_.end()) co_return not_found("file");
    co_return reader_of(found->second);
  }
  Task<Result<std::uint64_t>> size(std::string id) override {
    const std::scoped_lock lock(mutex_);
    const auto found = blobs_.find(id);
    if (found == blobs_.end()) co_return not_found("file");
    co_return found->second.size();
  }
  Task<Result<bool>> remove(std::string id) override {
    const std::scoped_lock lock(mutex_);
    co_return blobs_.erase(id) > 0;
  }
  Task<Result<std::vector<BlobInfo>>> list(std::optional<std::string> after,
                                           std::size_t limit) override {
    const std::scoped_lock lock(mutex_);
    std::vector<BlobInfo> page;
    for (auto at = after ? blobs_.upper_bound(*after) : blobs_.begin();
         at != blobs_.end() && page.size() < limit; ++at) {
      page.push_back({at->first, at->second.size()});
    }
    co_return page;
  }
  Task<Result<std::vector<std::string>>> check() override { co_return std::vector<std::string>(); }
  Task<Result<void>> copy_to(std::string folder) override {
    if (copies_ == nullptr) co_return internal("copies are not supported here");
    const std::scoped_lock lock(mutex_);
    (*copies_)[folder] = blobs_;
    co_return Result<void>();
  }

 private:
  Copies* copies_ = nullptr;  // may be null
  std::mutex mutex_;
  Contents blobs_;  // guarded by mutex_
};

class BrokenBlobs final : public Blobs {
 public:
  BrokenBlobs(MemoryBlobs& good, std::string rule) : good_(good), rule_(std::move(rule)) {}

  Task<Result<std::uint64_t>> put(std::string id, std::shared_ptr<ByteReader> bytes) override {
    if (breaks(kIds)) id = "x";
    if (breaks(kBroken)) {
      std::string whole;
      for (auto piece = co_await bytes->read(); piece && *piece; piece = co_await bytes->read())
        whole += **piece;
      bytes = reader_of(std::move(whole));
    }
    if (breaks(kReplaces)) {
      const auto old = co_await good_.get(id);
      if (old) bytes = *old;
    }
    auto stored = co_await good_.put(id, bytes);
    if (breaks(kSize) && stored) ++*stored;
    co_return stored;
  }
  Task<Result<std::shared_ptr<ByteReader>>> get(std::string id) override {
    if (breaks(kIds)) id = "x";
    if (breaks(kReaders)) co_return std::make_shared<LateReader>(good_, id);
    auto reader = co_await good_.get(id);
    if (breaks(kAbsent) && !reader) co_return reader_of("");
    if (breaks(kSame) && reader) {
      auto bytes = co_await store::read_whole(*reader);
      if (bytes->size() > 1000) bytes->resize(1000);
      co_return reader_of(*bytes);
    }
    co_return reader;
  }
  Task<Result<std::uint64_t>> size(std::string id) override { return good_.size(std::move(id)); }
  Task<Result<bool>> remove(std::string id) override {
    if (breaks(kRemoves)) co_return true;
    if (breaks(kErases)) {  // keeps the bytes under another id
      if (auto reader = co_await good_.get(id)) co_await good_.put("removed", *reader);
    }
    co_return co_await good_.remove(std::move(id));
  }
  Task<Result<std::vector<BlobInfo>>> list(std::optional<std::string> after,
                                           std::size_t limit) override {
    auto page = co_await good_.list(after, limit);
    if (breaks(kLists) && page && !page->empty() && after) page->erase(page->begin());
    co_return page;
  }
  Task<Result<std::vector<std::string>>> check() override {
    if (breaks(kSound)) co_return std::vector<std::string>{"it looks odd"};
    co_return co_await good_.check();
  }
  Task<Result<void>> copy_to(std::string folder) override {
    if (breaks(kCopies)) co_await good_.remove("empty");
    co_return co_await good_.copy_to(folder);
  }

 private:
  // Opens the blob only on the first read.
  class LateReader final : public ByteReader {
   public:
    LateReader(Blobs& blobs, std::string id) : blobs_(blobs), id_(std::move(id)) {}
    Task<Result<std::optional<std::string>>> read() override {
      if (!reader_) {
        TG_CO_TRY(reader_, co_await blobs_.get(id_));
      }
      co_return co_await reader_->read();
    }

   private:
    Blobs& blobs_;
    std::string id_;
    std::shared_ptr<ByteReader> reader_;
  };
  bool breaks(const char* rule) const { return rule_ == rule; }

  MemoryBlobs& good_;
  const std::string rule_;
};

class MemoryHarness final : public BlobHarness {
 public:
  explicit MemoryHarness(const std::string& broken_rule = {}) {
    if (!broken_rule.empty()) broken_ = std::make_unique<BrokenBlobs>(memory_, broken_rule);
  }
  Blobs& blobs() override { return broken_ ? static_cast<Blobs&>(*broken_) : memory_; }
  Result<std::unique_ptr<Blobs>> copy() override {
    TG_TRY_VOID(run_blocking(blobs().copy_to("copy")));
    return std::make_unique<MemoryBlobs>(copies_["copy"], nullptr);
  }
  std::string bytes() override { return memory_.bytes(); }

 private:
  Copies copies_;
  MemoryBlobs memory_{{}, &copies_};
  std::unique_ptr<BrokenBlobs> broken_;
};

}  // namespace

std::vector<Rule<BlobHarness>> blob_rules() {
  return {{kSame, same},       {kSize, sizes},           {kAbsent, absent},   {kReplaces, replaces},
          {kReaders, readers}, {kBroken, broken_source}, {kRemoves, removes}, {kLists, lists},
          {kIds, ids},         {kCopies, copies},        {kErases, erases},   {kSound, sound}};
}

std::unique_ptr<Blobs> make_memory_blobs() {
  return std::make_unique<MemoryBlobs>();
}

std::unique_ptr<BlobHarness> make_memory_blob_harness() {
  return std::make_unique<MemoryHarness>();
}

std::unique_ptr<BlobHarness> make_broken_blob_harness(std::string rule) {
  return std::make_unique<MemoryHarness>(rule);
}

}  // namespace tg::testing
