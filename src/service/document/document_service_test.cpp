// The document service between a fake feed and a fake index.
#include "service/document/document_service.hpp"

#include <fmt/core.h>

#include "service/document/document_fixture.hpp"

namespace tg::document {
namespace {

using namespace fixture;

TEST_F(DocumentServiceTest, APostGoesThroughAllStagesAndIsAcknowledgedLast) {
  const api::PostEvent event = post(1, "Музей трамваев открылся после ремонта в старом депо");
  feed({event});
  ASSERT_TRUE(index_->documents.contains(event.document_id));
  const api::IndexedChunk& chunk = index_->documents[event.document_id].chunks.at(0);
  EXPECT_EQ(chunk.text, event.post.text);
  EXPECT_EQ(chunk.access, "channel:777");
  EXPECT_EQ(chunk.lang, "ru");
  const auto statistics = run_blocking(service_->statistics(call(), {}));
  EXPECT_EQ(statistics->completed, 1);
  EXPECT_EQ(statistics->processing, 0);
}

TEST_F(DocumentServiceTest, TheSamePostTwiceAndAnOlderVersionChangeNothing) {
  feed({post(1, "второй вариант поста о музее трамваев в депо", 2)});
  feed({post(1, "второй вариант поста о музее трамваев в депо", 2),
        post(1, "первый вариант поста о музее трамваев в депо", 1)});
  ASSERT_EQ(index_->documents.size(), 1U);
  EXPECT_EQ(index_->documents.begin()->second.version, 2);
  EXPECT_TRUE(index_->documents.begin()->second.chunks.at(0).text.starts_with("второй"));
}

TEST_F(DocumentServiceTest, AnUnavailableIndexIsRetried) {
  index_->refuse = 2;
  feed({post(1, "этот пост подождёт индекса и попадёт в него")});
  EXPECT_EQ(index_->documents.size(), 1U);
}

TEST_F(DocumentServiceTest, APostThatCausesAnErrorFailsAloneAfterFiveAttempts) {
  std::vector<api::PostEvent> posts;
  for (int i = 0; i < 9; ++i)
    posts.push_back(post(i, fmt::format("пост номер {} о музее трамваев в депо", i)));
  const std::string bad = posts[4].document_id;
  index_->poison = {bad};
  feed(posts);  // returns when all are acknowledged
  EXPECT_EQ(index_->documents.size(), 8U);
  EXPECT_EQ(index_->tried_alone[bad], 5);
  auto statistics = run_blocking(service_->statistics(call(), {})).value();
  EXPECT_EQ(statistics.completed, 8);
  EXPECT_EQ(statistics.failed, 1);
  EXPECT_EQ(statistics.processing, 0);
  feed({post(20, "этот пост идёт своей дорогой и попадает в индекс")});
  EXPECT_EQ(index_->documents.size(), 9U);
  index_->poison.clear();
  feed({post(4, "новый вариант поста о музее трамваев", 2)});
  statistics = run_blocking(service_->statistics(call(), {})).value();
  EXPECT_EQ(statistics.completed, 10);
  EXPECT_EQ(statistics.failed, 0);
}

TEST_F(DocumentServiceTest, ADeletionWaitsForThePostsBeforeIt) {
  const api::PostEvent bad = post(1, "с этим постом что-то не так");
  api::PostEvent gone;
  gone.sequence = ++sequence_;
  gone.kind = api::PostEventKind::channel_deleted;
  gone.post.channel_id = 777;
  index_->poison = {bad.document_id};
  feed({bad, gone});
  EXPECT_EQ(index_->tried_alone[bad.document_id], 5);
  const auto statistics = run_blocking(service_->statistics(call(), {})).value();
  EXPECT_EQ(statistics.failed + statistics.completed + statistics.processing, 0);
}

TEST_F(DocumentServiceTest, ALongOutageOfTheIndexFailsNoDocument) {
  index_->refuse = 20;
  feed({post(1, "этот пост подождёт"), post(2, "и этот пост подождёт тоже")});
  const auto statistics = run_blocking(service_->statistics(call(), {})).value();
  EXPECT_EQ(statistics.completed, 2);
  EXPECT_EQ(statistics.failed, 0);
}

TEST_F(DocumentServiceTest, AFailedUploadIsListedWithTheReasonAndTriedAtTheNextStart) {
  const auto good = upload("a.txt", "a text that the index takes");
  ASSERT_TRUE(good);
  index_->documents.clear();
  index_->poison = {good->document_id};
  EXPECT_EQ(upload("a.txt", "a text that the index takes").error().code, Code::internal);
  api::DocumentsQuery failed{.status = api::DocumentStatus::failed};
  auto list = run_blocking(service_->list(call(), failed)).value();
  ASSERT_EQ(list.total, 1);
  EXPECT_EQ(list.items[0].document_id, good->document_id);
  EXPECT_EQ(list.items[0].error, "something went wrong on our side");
  index_->poison.clear();
  restart();
  wait_until([&] { return run_blocking(service_->list(call(), failed))->total == 0; });
  EXPECT_TRUE(index_->documents.contains(good->document_id));
  EXPECT_FALSE(run_blocking(service_->get(call(), {.id = good->document_id}))->error);
}

TEST_F(DocumentServiceTest, ADocumentThatFailsAgainAtTheStartHoldsUpNoOther) {
  const std::string bad = upload("a.txt", "a text that never works")->document_id;
  const std::string good = upload("b.txt", "a text that works later")->document_id;
  index_->poison = {bad, good};
  EXPECT_FALSE(upload("a.txt", "a text that never works"));
  EXPECT_FALSE(upload("b.txt", "a text that works later"));
  index_->poison = {bad};
  index_->tried_alone.clear();
  restart();
  wait_until([&] { return run_blocking(service_->statistics(call(), {}))->completed == 1; });
  const std::scoped_lock lock(index_->mutex);
  EXPECT_EQ(index_->tried_alone[bad], 1);
}

TEST_F(DocumentServiceTest, NearDuplicatesShareTheGroupOfTheFirst) {
  const std::string text =
      "Завтра трамваи по маршруту номер семь не ходят из-за ремонта путей на улице Садовой, "
      "вместо них пущены автобусы от депо до вокзала";
  const auto first = post(1, text);
  const auto second = post(2, text + "!");
  const auto other = post(3, "Совсем другая новость про открытие планетария после долгой паузы");
  feed({first});
  feed({second, other});
  EXPECT_EQ(index_->documents[second.document_id].chunks.at(0).cluster, first.document_id);
  EXPECT_EQ(index_->documents[other.document_id].chunks.at(0).cluster, other.document_id);
}

TEST_F(DocumentServiceTest, ADeletedChannelGoesFromIndexAndRows) {
  feed({post(1, "скоро уйдёт")});
  api::PostEvent gone;
  gone.sequence = ++sequence_;
  gone.kind = api::PostEventKind::channel_deleted;
  gone.post.channel_id = 777;
  feed({gone});
  EXPECT_EQ(index_->dropped, (std::vector<std::string>{"channel:777", "channel:777:own"}));
  EXPECT_EQ(run_blocking(service_->statistics(call(), {}))->completed, 0);
}

TEST_F(DocumentServiceTest, AnUploadIsVisibleToItsSpaceOnly) {
  const auto done = upload("notes.md", "# Часы\n\nОткрыто с десяти.");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->status, api::DocumentStatus::completed);
  EXPECT_EQ(done->chunk_count, 1);
  const auto list = run_blocking(service_->list(call("bob"), {}));
  ASSERT_EQ(list->total, 1);  // the space shares it
  EXPECT_EQ(list->items.at(0).filename, "notes.md");
  EXPECT_EQ(run_blocking(service_->list(call("eve", "elsewhere"), {}))->total, 0);
  const std::string id = done->document_id;
  EXPECT_EQ(run_blocking(service_->get(call("eve", "elsewhere"), {.id = id})).error().code,
            Code::not_found);
  EXPECT_EQ(run_blocking(service_->remove(call("eve", "elsewhere"), {id})).error().code,
            Code::not_found);
  const auto chunks = run_blocking(service_->chunks(call(), {id}));
  EXPECT_EQ(chunks->at(0).text, "Часы\n\nОткрыто с десяти.");
  ASSERT_TRUE(run_blocking(service_->remove(call(), {id})));
  EXPECT_TRUE(index_->documents.empty());
  EXPECT_EQ(run_blocking(service_->get(call(), {.id = id})).error().code, Code::not_found);
}

TEST_F(DocumentServiceTest, AChunkHasThePathOfItsHeadings) {
  std::string markdown = "# Setup\n\n## Linux\n\n";
  for (int i = 0; i < 100; ++i) markdown += fmt::format("Turn screw {} on it. ", i);
  markdown += "\n\n## Mac\n\n";
  for (int i = 0; i < 100; ++i) markdown += fmt::format("Turn nut {} on it. ", i);
  const auto done = upload("guide.md", markdown);
  ASSERT_TRUE(done) << done.error().message;
  const auto chunks = run_blocking(service_->chunks(call(), {done->document_id}));
  ASSERT_GE(chunks->size(), 3U);
  EXPECT_EQ(chunks->front().metadata, (json::Object{{"headings", json::Array{"Setup", "Linux"}}}));
  EXPECT_EQ(chunks->back().metadata, (json::Object{{"headings", json::Array{"Setup", "Mac"}}}));
  const auto indexed = [&] { return index_->documents.at(done->document_id).chunks.back(); };
  EXPECT_EQ(indexed().payload.at("headings"), (json::Array{"Setup", "Mac"}));
  // The same where a stored document is indexed again.
  ASSERT_TRUE(run_blocking(sql::write<void>(*database_, [](sql::Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("UPDATE documents SET state = 'processing'"));
    return {};
  })));
  index_->documents.clear();
  restart();
  while (run_blocking(service_->statistics(call(), {}))->completed == 0) std::this_thread::yield();
  EXPECT_EQ(indexed().payload.at("headings"), (json::Array{"Setup", "Mac"}));
  EXPECT_TRUE(run_blocking(service_->chunks(call(), {upload("a.txt", "# one")->document_id}))
                  ->at(0)
                  .metadata.empty());
}

TEST_F(DocumentServiceTest, TheSameBytesAreTheSameDocument) {
  const auto first = upload("a.txt", "one text");
  const auto second = upload("b.txt", "one text");
  EXPECT_EQ(first->document_id, second->document_id);
  EXPECT_EQ(run_blocking(service_->list(call(), {}))->total, 1);
  EXPECT_NE(upload("a.txt", "one text", call("bob"))->document_id, first->document_id);
}

TEST_F(DocumentServiceTest, OriginalsAreKeptAndGoWithTheirDocument) {
  const std::string bytes = "<p>Kept as it came.</p>\r\n";
  const auto reply = upload("page.html", bytes);
  ASSERT_TRUE(reply);
  const auto kept = run_blocking(originals_->get(reply->document_id));
  ASSERT_TRUE(kept);
  EXPECT_EQ(run_blocking(store::read_whole(*kept)).value(), bytes);
  ASSERT_TRUE(run_blocking(service_->remove(call(), {reply->document_id})));
  EXPECT_FALSE(run_blocking(originals_->get(reply->document_id)));
}

TEST_F(DocumentServiceTest, OriginalsLeftByACrashAreRemovedAtTheNextStart) {
  const auto reply = upload("note.txt", "A note that stays.");
  ASSERT_TRUE(reply);
  ASSERT_TRUE(run_blocking(originals_->put("left-behind", store::reader_of("no row"))));
  restart();
  EXPECT_FALSE(run_blocking(originals_->get("left-behind")));
  EXPECT_TRUE(run_blocking(originals_->get(reply->document_id)));
}

TEST_F(DocumentServiceTest, ADocumentBeyondTheLimitIsRefusedWithTheLimit) {
  restart({.upload_limit = 100});
  EXPECT_TRUE(upload("a.txt", std::string(100, 'x')));
  const auto refused = upload("b.txt", std::string(101, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::payload_too_large);
  EXPECT_TRUE(refused.error().message.contains("100 bytes")) << refused.error().message;
  api::UploadRequest file;
  file.file = api::Upload{.filename = "c.txt",
                          .content_type = "text/plain",
                          .bytes = api::bytes_source(std::string(101, 'x'))};
  EXPECT_EQ(run_blocking(service_->upload(call(), std::move(file))).error().message,
            refused.error().message);
}

TEST_F(DocumentServiceTest, ADeletionThatFailedCanBeRepeated) {
  restart({.retry_after = std::chrono::hours(1)});
  const std::string id = upload("a.txt", "a text that goes")->document_id;
  index_->down = true;
  EXPECT_EQ(run_blocking(service_->remove(call(), {id})).error().code, Code::unavailable);
  EXPECT_EQ(run_blocking(service_->get(call(), {.id = id})).error().code, Code::not_found);
  index_->down = false;
  EXPECT_EQ(run_blocking(service_->remove(call("eve", "elsewhere"), {id})).error().code,
            Code::not_found);
  EXPECT_TRUE(run_blocking(service_->remove(call(), {id})));
  EXPECT_FALSE(is_indexed(id));
  EXPECT_EQ(run_blocking(service_->remove(call(), {id})).error().code, Code::not_found);
}

TEST_F(DocumentServiceTest, WorkInterruptedByAnOutageOfTheIndexIsFinished) {
  const std::string gone = upload("a.txt", "a text that goes")->document_id;
  index_->down = true;
  EXPECT_FALSE(run_blocking(service_->remove(call(), {gone})));
  EXPECT_FALSE(upload("b.txt", "a text that comes"));
  index_->down = false;
  wait_until([&] { return !is_indexed(gone); });
  wait_until([&] { return run_blocking(service_->statistics(call(), {}))->completed == 1; });
  EXPECT_EQ(index_->documents.size(), 1U);
}

TEST_F(DocumentServiceTest, ADeletionDuringAnUploadLeavesNothing) {
  index_->holds = true;
  auto uploading = start_upload("a.txt", "a text that goes before it came");
  wait_until([&] { return index_->holding == 1; });
  const auto list = run_blocking(service_->list(call(), {})).value();
  ASSERT_EQ(list.total, 1);
  const std::string id = list.items[0].document_id;
  auto removing =
      std::async(std::launch::async, [&] { return run_blocking(service_->remove(call(), {id})); });
  wait_until([&] { return run_blocking(service_->list(call(), {}))->total == 0; });
  release_index();
  EXPECT_TRUE(uploading.get());
  EXPECT_TRUE(removing.get());
  EXPECT_TRUE(index_->documents.empty());
  EXPECT_FALSE(run_blocking(originals_->get(id)));
}

TEST_F(DocumentServiceTest, ANewIndexIsRebuilt) {
  const std::string id = upload("a.txt", "an uploaded text")->document_id;
  const auto first = post(1, "первый пост о музее трамваев");
  feed({first, post(2, "второй пост о другом музее")});
  {
    const std::scoped_lock lock(index_->mutex);
    index_->documents.clear();
    index_->id = "second";
  }
  clock_.advance(std::chrono::minutes(1));
  feed_->changed.notify();
  wait_until([&] { return rebuilds() == 2; });
  EXPECT_TRUE(is_indexed(id));
  EXPECT_TRUE(is_indexed(first.document_id));
  EXPECT_EQ(index_->documents.size(), 3U);
  wait_until([&] { return pending() == 0; });
  EXPECT_EQ(run_blocking(service_->statistics(call(), {}))->completed, 3);
}

TEST_F(DocumentServiceTest, ARebuildResumes) {
  for (int i = 1; i <= 3; ++i) upload("a.txt", fmt::format("text number {}", i));
  run_blocking(service_->stop());
  index_->documents.clear();
  ASSERT_TRUE(run_blocking(sql::write<void>(*database_, [](sql::Connection& c) {
    return store_fed_index(c, {.index_id = "first", .rebuilt_to = 2});
  })));
  EXPECT_EQ(pending(), 1);
  start({});
  wait_until([&] { return pending() == 0; });
  EXPECT_EQ(index_->documents.size(), 1U);
}

TEST_F(DocumentServiceTest, AtMostTwoUploadsRunAtOnce) {
  index_->holds = true;
  std::vector<std::future<Result<api::UploadReply>>> uploads;
  for (int i = 0; i < 3; ++i)
    uploads.push_back(start_upload("a.txt", fmt::format("text number {}", i)));
  wait_until([&] {
    return run_blocking(service_->health(call(), {}))->details.at("uploads_waiting") == 1;
  });
  EXPECT_LE(index_->holding, 2);
  release_index();
  for (auto& uploading : uploads) EXPECT_TRUE(uploading.get());
}

TEST_F(DocumentServiceTest, AFullDiskRefusesUploads) {
  restart({.disk = DiskGuard(folder_, std::numeric_limits<std::uint64_t>::max())});
  const auto refused = upload("a.txt", "a text");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "disk.low");
  EXPECT_TRUE(refused.error().retry_after);
}

TEST_F(DocumentServiceTest, BadUploadsNameTheField) {
  EXPECT_EQ(upload("", "text").error().field, "filename");
  EXPECT_EQ(upload("a.txt", "").error().field, "content");
  EXPECT_EQ(run_blocking(service_->upload(call(), {})).error().field, "content");
  EXPECT_EQ(upload("../../etc/x.txt", "text")->filename, "x.txt");
}

}  // namespace
}  // namespace tg::document
