// SQLite on a disk with power failures and I/O errors: acknowledged writes survive, and nothing
// else appears.
#include <filesystem>
#include <set>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "backend/sqlite/sqlite_database.hpp"
#include "base/ids.hpp"
#include "runtime/run_blocking.hpp"
#include "tests/support/crash_vfs.hpp"

namespace tg::sqlite {
namespace {

namespace fs = std::filesystem;
using sql::Connection;
using testing::CrashVfs;
using Words = std::set<std::string>;

constexpr sql::Migration kNotes{1, "notes", "CREATE TABLE notes (text TEXT NOT NULL UNIQUE)"};

// A database that is opened again after each failure of its disk.
class Life {
 public:
  Life() { fs::create_directories(folder_); }
  ~Life() {
    database_.reset();
    fs::remove_all(folder_);
  }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  CrashVfs& disk() { return disk_; }

  Result<void> open() {
    TG_TRY(database_, open_database(folder_ / "test.db", pool_,
                                    {.vfs = disk_.name(), .checkpoint_pages = 12}));
    return run_blocking(database_->migrate(std::span(&kNotes, 1)));
  }
  void close() {
    if (database_) run_blocking(database_->close());
    database_.reset();
  }

  // Writes in groups, small and large, and compacts once. Continues after errors, as a server does.
  void work() {
    for (int round = 0; round < 6; ++round) {
      asio::io_context loop(1);
      for (int i = 0; i < 5; ++i)
        asio::co_spawn(loop, write(round * 900 + i), [](std::exception_ptr) {});
      loop.run();
      if (round == 3) static_cast<void>(run_blocking(database_->compact()));
    }
  }
  Result<void> write_once() {
    const std::size_t before = acknowledged_.size();
    run_blocking(write(1));
    if (acknowledged_.size() == before) return last_error_;
    return {};
  }

  // Describes what is wrong with the stored data; empty: nothing.
  std::string verdict() {
    const auto stored = words();
    if (!stored) return stored.error().message + " " + stored.error().detail;
    for (const std::string& word : acknowledged_) {
      if (!stored->contains(word)) return "acknowledged and lost: " + word.substr(0, 20);
    }
    for (const std::string& word : *stored) {
      if (!attempted_.contains(word)) return "never written: " + word.substr(0, 20);
    }
    const auto problems = run_blocking(database_->check());
    if (!problems) return problems.error().detail;
    return problems->empty() ? "" : problems->front();
  }
  std::string verdict_after_reopening() {
    close();
    if (const auto opened = open(); !opened) return "does not open: " + opened.error().detail;
    return verdict();
  }

 private:
  Task<void> write(int size) {
    std::string word =
        fmt::format("{:06}", ++number_) + std::string(static_cast<std::size_t>(size), '.');
    attempted_.insert(word);
    const auto done = co_await database_->do_write([word](Connection& c) -> Result<void> {
      TG_TRY_VOID(c.run("INSERT INTO notes VALUES ($1)", {word}));
      return {};
    });
    if (done) {
      acknowledged_.insert(std::move(word));
    } else {
      last_error_ = done;
    }
  }

  Result<Words> words() {
    return run_blocking(sql::read<Words>(*database_, [](Connection& c) -> Result<Words> {
      Words all;
      TG_TRY(const auto rows, c.run("SELECT text FROM notes"));
      for (const sql::Row& row : rows) all.insert(row.text(0));
      return all;
    }));
  }

  CrashVfs disk_;
  ComputePool pool_{1, 64};
  fs::path folder_ = fs::temp_directory_path() / ("tg_sqlite_crash_" + random_hex(6));
  std::unique_ptr<sql::Database> database_;
  Words attempted_;
  Words acknowledged_;
  Result<void> last_error_;
  int number_ = 0;
};

struct Tally {
  int cuts = 0;
  std::vector<std::string> violations;
};

// The power fails at the n-th call of the disk, for every n, and again after the restart. With a
// lying disk, returns at the first violation.
Tally power_cuts(const std::string& lie = {}) {
  Tally tally;
  for (std::size_t call = 1;; ++call) {
    Life life;
    life.disk().lie_about_sync(lie);
    life.disk().fail_at(call, CrashVfs::Failure::power);
    if (life.open()) life.work();
    life.close();
    const bool is_last = life.disk().calls() < call;
    std::string wrong;
    for (std::uint64_t seed = call; wrong.empty() && seed < call + 2; ++seed) {
      life.disk().restart(seed);
      ++tally.cuts;
      wrong = life.verdict_after_reopening();
      if (wrong.empty() && !life.write_once()) wrong = "does not write again";
      life.disk().fail_at(1 + call % 7, CrashVfs::Failure::power);
      if (wrong.empty()) life.work();
      life.close();
    }
    if (!wrong.empty()) tally.violations.push_back(fmt::format("call {}: {}", call, wrong));
    if (is_last || (!lie.empty() && !wrong.empty())) return tally;
  }
}

TEST(SqlitePowerCut, NothingAcknowledgedIsLost) {
  const Tally tally = power_cuts();
  EXPECT_GT(tally.cuts, 100);
  EXPECT_TRUE(tally.violations.empty())
      << tally.violations.size() << " of " << tally.cuts << ", the first: " << tally.violations[0];
}

// Tests the test: if syncs of either file are not done, it must find violations.
TEST(SqliteLyingDisk, EveryMissingSyncIsNoticed) {
  for (const char* file : {"test.db-wal", "test.db"})
    EXPECT_FALSE(power_cuts(file).violations.empty()) << "unnoticed: " << file;
}

// Every call fails once. Afterwards the same process can write again, and all acknowledged writes
// are found after reopening and after a power failure, even though a failed sync is never made
// good.
TEST(SqliteDiskErrors, AreReportedAndAcknowledgeNothing) {
  for (const auto failure : {CrashVfs::Failure::io_error, CrashVfs::Failure::disk_full}) {
    std::size_t call = 0;
    bool is_last = false;
    while (!is_last) {
      ++call;
      Life life;
      life.disk().fail_at(call, failure);
      const auto opened = life.open();
      if (opened) life.work();
      is_last = life.disk().calls() < call;
      life.disk().heal();
      if (opened) {
        EXPECT_EQ(life.verdict(), "") << "call " << call;
        const auto written = life.write_once();
        EXPECT_TRUE(written) << "call " << call << ": " << written.error().detail;
      }
      EXPECT_EQ(life.verdict_after_reopening(), "") << "reopened, call " << call;
      EXPECT_TRUE(life.write_once()) << "reopened, call " << call;
      life.disk().fail_at(1, CrashVfs::Failure::power);
      life.close();
      life.disk().restart(call);
      EXPECT_EQ(life.verdict_after_reopening(), "") << "power cut, call " << call;
      if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(call, 40U);
  }
}

}  // namespace
}  // namespace tg::sqlite
