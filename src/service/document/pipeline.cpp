#include "service/document/pipeline.hpp"

#include <map>

#include "runtime/fault.hpp"
#include "runtime/log.hpp"
#include "runtime/notifier.hpp"
#include "runtime/stage_timer.hpp"

namespace tg::document {
namespace {

constexpr std::int64_t kBatch = 512;
constexpr std::int64_t kWaitMs = 2000;

}  // namespace

api::Call service_call(std::string_view name) {
  return {
      .request_id = Uuid::random().text(),
      .principal = {
          .user_id = std::string(name), .role = api::Role::admin, .space = "", .is_service = true}};
}

Task<void> Pipeline::follow_feed() {
  Notifier never;
  while (!stopping_) {
    auto taken = co_await take_batch(0);
    if (stopping_) continue;
    note("pipeline", taken ? nullptr : &taken.error());
    if (taken) continue;
    log::warning("ingest waits",
                 {{"reason", taken.error().reason}, {"detail", taken.error().detail}});
    co_await never.wait_after(never.version(), retry_after_);
  }
}

void Pipeline::note(std::string_view part, const Error* error) {
  if (error == nullptr) {
    degradation_.leave(part);
  } else {
    degradation_.enter(part, error->message);
  }
}

Task<Result<void>> Pipeline::apply(api::ApplyRequest request) {
  const auto applied = co_await vectors_.apply(service_call("document"), std::move(request));
  note("index", applied ? nullptr : &applied.error());
  if (!applied) co_return std::unexpected(applied.error());
  co_return Result<void>();
}

// Acknowledged events are gone, so the oldest unacknowledged ones come first every time.
Task<Result<std::int64_t>> Pipeline::take_batch(std::int64_t after) {
  auto taken = co_await telegram_.take_events(
      service_call("document"), {.after = after, .limit = kBatch, .wait_ms = kWaitMs});
  note("feed", taken ? nullptr : &taken.error());
  if (!taken) co_return std::unexpected(std::move(taken).error());
  if (taken->events.empty()) co_return 0;
  std::vector<std::int64_t> sequences;
  std::vector<api::PostEvent> posts;
  for (api::PostEvent& event : taken->events) {
    sequences.push_back(event.sequence);
    if (event.kind == api::PostEventKind::post) {
      posts.push_back(std::move(event));
    } else if (event.kind == api::PostEventKind::channel_deleted) {
      TG_CO_CHECK(co_await ingest_posts(std::exchange(posts, {})));
      TG_CO_CHECK(co_await drop_channel(event.post.channel_id));
    }
  }
  if (!TG_FAULT_RESULT("sabotage.acknowledge_before_ingest")) {
    TG_CO_CHECK(co_await telegram_.acknowledge_events(service_call("document"), {sequences}));
  }
  TG_CO_CHECK(co_await ingest_posts(std::move(posts)));
  TG_FAULT("ingest.before_acknowledge");
  TG_CO_CHECK(
      co_await telegram_.acknowledge_events(service_call("document"), {std::move(sequences)}));
  TG_FAULT("ingest.after_acknowledge");
  co_return static_cast<std::int64_t>(taken->events.size());
}

Task<Result<void>> Pipeline::ingest_posts(std::vector<api::PostEvent> events) {
  if (events.empty()) co_return Result<void>();
  // A post that changed twice is taken once, in its newest form.
  std::map<std::string, const api::PostEvent*> newest;
  for (const api::PostEvent& event : events) newest[event.document_id] = &event;
  std::optional<metrics::StageTimer> timer("ingest.prepare");
  TG_CO_TRY(auto prepared,
            co_await pool_.run([&events, &newest]() -> Result<std::vector<PreparedDocument>> {
              std::vector<PreparedDocument> documents;
              for (const api::PostEvent& event : events) {
                if (newest.at(event.document_id) != &event) continue;
                analyse(documents.emplace_back(prepare_post(event)));
              }
              return documents;
            }));
  timer.reset();
  co_return co_await store_index_complete(std::move(prepared));
}

Task<Result<void>> Pipeline::store_index_complete(std::vector<PreparedDocument> documents) {
  metrics::StageTimer timer("ingest.store");
  TG_FAULT("ingest.before_sql_commit");
  TG_CO_TRY(
      auto update,
      co_await sql::write<api::ApplyRequest>(
          database_, [&documents, this](sql::Connection& connection) -> Result<api::ApplyRequest> {
            api::ApplyRequest request;
            for (const PreparedDocument& document : documents) {
              TG_TRY(const auto cluster, store_document(connection, document, clock_.wall()));
              if (cluster) request.documents.push_back(to_index(document, *cluster));
            }
            return request;
          }));
  TG_FAULT("ingest.after_sql_commit");
  timer.next("ingest.index");
  std::vector<std::pair<std::string, std::int64_t>> versions;
  for (const api::DocumentChunks& document : update.documents)
    versions.emplace_back(document.document_id, document.version);
  TG_CO_CHECK(co_await apply(std::move(update)));
  TG_FAULT("ingest.after_index");
  timer.next("ingest.complete");
  TG_CO_CHECK(co_await sql::write<void>(database_, [&versions, this](sql::Connection& connection) {
    return mark_completed(connection, versions, clock_.wall());
  }));
  TG_FAULT("ingest.after_completed");
  co_return Result<void>();
}

Task<Result<void>> Pipeline::drop_channel(std::int64_t channel_id) {
  const std::string access = api::channel_access_key(channel_id);
  api::ApplyRequest drop;
  drop.drop_access.push_back(access);
  TG_CO_CHECK(co_await apply(std::move(drop)));
  TG_FAULT("ingest.after_index_drop");
  co_return co_await sql::write<void>(database_, [access](sql::Connection& connection) {
    return delete_by_access(connection, access);
  });
}

Task<Result<std::int64_t>> Pipeline::ingest(PreparedDocument document) {
  std::vector<PreparedDocument> one;
  TG_CO_CHECK(co_await pool_.run([&document]() -> Result<void> {
    analyse(document);
    return {};
  }));
  const auto count = static_cast<std::int64_t>(document.chunks.size());
  one.push_back(std::move(document));
  TG_CO_CHECK(co_await store_index_complete(std::move(one)));
  co_return count;
}

Task<Result<void>> Pipeline::index_again(StoredDocument stored) {
  api::ApplyRequest request;
  request.documents.push_back(to_index(stored.document, stored.cluster));
  const std::vector<std::pair<std::string, std::int64_t>> versions{
      {stored.document.document_id.text(), stored.document.version}};
  TG_CO_CHECK(co_await apply(std::move(request)));
  co_return co_await sql::write<void>(database_, [versions, this](sql::Connection& connection) {
    return mark_completed(connection, versions, clock_.wall());
  });
}

Task<Result<void>> Pipeline::remove(std::string document_id, std::int64_t version) {
  TG_CO_CHECK(co_await sql::write<void>(
      database_, [document_id](sql::Connection& c) { return mark_deleting(c, document_id); }));
  TG_FAULT("document.after_mark_deleting");
  api::ApplyRequest request;
  request.documents.push_back({.document_id = document_id, .version = version, .chunks = {}});
  TG_CO_CHECK(co_await apply(std::move(request)));
  TG_FAULT("document.after_index_delete");
  co_return co_await sql::write<void>(
      database_, [document_id](sql::Connection& c) { return delete_document(c, document_id); });
}

}  // namespace tg::document
