#include "service/document/schema.hpp"

#include <gtest/gtest.h>

#include "runtime/run_blocking.hpp"
#include "service/document/document_store.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::document {
namespace {

TEST(DocumentSchema, TextsOfAnOlderVersionAreKept) {
  ComputePool pool(1, 8);
  testing::TemporaryDatabase database(pool);
  ASSERT_TRUE(run_blocking(database->migrate(std::span(kMigrations).first(2))));
  const std::string id = Uuid::random().text();
  ASSERT_TRUE(run_blocking(sql::write<void>(*database, [id](sql::Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run(
        "INSERT INTO documents (place, document_id, kind, version, state, owner, access, filename, "
        "file_type, size_bytes, metadata, text, columns, cluster, chunk_count, created_ms, "
        "updated_ms) VALUES (7, $1, 'upload', 1, 'completed', 'ann', 'space:default', 'a.txt', "
        "'txt', 9, '{}', 'one text.', '{}', $1, 1, 0, 0)",
        {id}));
    TG_TRY_VOID(
        c.run("INSERT INTO chunks (document, ordinal, chunk_id, start_char, end_char) VALUES "
              "(7, 0, 'c', 4, 9)"));
    return {};
  })));
  ASSERT_TRUE(run_blocking(database->migrate(kMigrations)));
  const auto chunks = run_blocking(sql::read<std::vector<api::ChunkView>>(
      *database, [id](sql::Connection& c) { return load_chunks(c, id); }));
  ASSERT_TRUE(chunks);
  EXPECT_EQ(chunks->at(0).text, "text.");
  // And goes with its document.
  const auto left = run_blocking(
      sql::write<std::int64_t>(*database, [id](sql::Connection& c) -> Result<std::int64_t> {
        TG_TRY_VOID(delete_document(c, id));
        TG_TRY(const auto rows, c.run("SELECT count(*) FROM texts"));
        return rows[0].integer(0);
      }));
  EXPECT_EQ(left.value(), 0);
}

}  // namespace
}  // namespace tg::document
