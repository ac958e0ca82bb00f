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
constexpr std::int64_t kAttempts = 5;

// Whether it lies in the document. What another service or this machine lacks (room on the disk, a
// sound index) passes, or is an operator's to mend: no document is given up for it.
bool is_own_fault(const Error& error) {
  switch (error.code) {
    case Code::validation:
    case Code::conflict:
    case Code::payload_too_large:
    case Code::unsupported_media_type:
      return true;
    case Code::internal:
      return error.reason == "internal";
    default:
      return false;
  }
}

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
    auto taken = co_await take_batch();
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
Task<Result<std::int64_t>> Pipeline::take_batch() {
  auto taken = co_await telegram_.take_events(service_call("document"),
                                              {.limit = kBatch, .wait_ms = kWaitMs});
  note("feed", taken ? nullptr : &taken.error());
  if (!taken) co_return std::unexpected(std::move(taken).error());
  if (taken->events.empty()) co_return 0;
  std::vector<std::int64_t> sequences;
  std::vector<api::PostEvent> posts;
  std::map<std::int64_t, std::string> document_of;
  Left left;
  for (api::PostEvent& event : taken->events) {
    sequences.push_back(event.sequence);
    document_of[event.sequence] = event.document_id;
    if (event.kind == api::PostEventKind::post) {
      posts.push_back(std::move(event));
    } else if (event.kind == api::PostEventKind::channel_deleted) {
      TG_CO_TRY_VOID(co_await ingest_posts(std::exchange(posts, {}), &left));
      // A post that is tried later must not come back after its channel went.
      if (!left.documents.empty()) co_return std::unexpected(left.why);
      TG_CO_TRY_VOID(co_await drop_channel(event.post.channel_id));
    }
  }
  if (TG_SABOTAGED("ack_before_ingest")) {
    TG_CO_TRY_VOID(co_await telegram_.acknowledge_events(service_call("document"), {sequences}));
  }
  TG_CO_TRY_VOID(co_await ingest_posts(std::move(posts), &left));
  std::erase_if(sequences, [&](std::int64_t sequence) {
    return left.documents.contains(document_of[sequence]);
  });
  TG_FAULT("ingest.before_acknowledge");
  TG_CO_TRY_VOID(
      co_await telegram_.acknowledge_events(service_call("document"), {std::move(sequences)}));
  TG_FAULT("ingest.after_acknowledge");
  if (!left.documents.empty()) co_return std::unexpected(left.why);
  co_return static_cast<std::int64_t>(taken->events.size());
}

Task<Result<void>> Pipeline::ingest_posts(std::vector<api::PostEvent> events, Left* left) {
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
  co_return co_await ingest_prepared(prepared, left);
}

Task<Result<void>> Pipeline::ingest_prepared(std::span<const PreparedDocument> documents,
                                             Left* left) {
  auto done = co_await store_index_complete(documents);
  if (done || !is_own_fault(done.error())) co_return done;
  if (documents.size() > 1) {
    const std::size_t half = documents.size() / 2;
    TG_CO_TRY_VOID(co_await ingest_prepared(documents.first(half), left));
    co_return co_await ingest_prepared(documents.subspan(half), left);
  }
  TG_CO_TRY(const bool is_given_up,
            co_await note_failure(&documents.front(), &done.error(), kAttempts));
  if (is_given_up) co_return Result<void>();
  left->documents.insert(documents.front().document_id.text());
  left->why = std::move(done).error();
  co_return Result<void>();
}

Task<Result<bool>> Pipeline::note_failure(const PreparedDocument* document, const Error* why,
                                          std::int64_t attempts) {
  TG_CO_TRY(const bool is_given_up,
            co_await sql::write<bool>(database_, [&, this](sql::Connection& connection) {
              return document::note_failure(connection, *document, why->message, attempts,
                                            clock_.wall());
            }));
  log::warning(is_given_up ? "a document failed" : "a document will be tried again",
               {{"document", document->document_id.text()},
                {"reason", why->reason},
                {"detail", why->detail}});
  co_return is_given_up;
}

Task<Result<void>> Pipeline::store_index_complete(std::span<const PreparedDocument> documents) {
  TG_CO_TRY(const auto clusters, co_await store(documents));
  api::ApplyRequest request;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (clusters[i]) request.documents.push_back(to_index(documents[i], *clusters[i]));
  }
  co_return co_await index_and_complete(std::move(request));
}

Task<Result<Pipeline::Clusters>> Pipeline::store(std::span<const PreparedDocument> documents) {
  const metrics::StageTimer timer("ingest.store");
  TG_FAULT("ingest.before_sql_commit");
  TG_CO_TRY(auto clusters,
            co_await sql::write<Clusters>(
                database_, [documents, this](sql::Connection& connection) -> Result<Clusters> {
                  Clusters stored;
                  for (const PreparedDocument& document : documents) {
                    TG_TRY(stored.emplace_back(),
                           store_document(connection, document, clock_.wall()));
                  }
                  return stored;
                }));
  TG_FAULT("ingest.after_sql_commit");
  co_return clusters;
}

Task<Result<void>> Pipeline::index_and_complete(api::ApplyRequest request) {
  metrics::StageTimer timer("ingest.index");
  std::vector<std::pair<std::string, std::int64_t>> versions;
  for (const api::DocumentChunks& document : request.documents)
    versions.emplace_back(document.document_id, document.version);
  TG_CO_TRY_VOID(co_await apply(std::move(request)));
  TG_FAULT("ingest.after_index");
  timer.next("ingest.complete");
  TG_CO_TRY_VOID(
      co_await sql::write<void>(database_, [&versions, this](sql::Connection& connection) {
        return mark_completed(connection, versions, clock_.wall());
      }));
  TG_FAULT("ingest.after_completed");
  co_return Result<void>();
}

Task<Result<void>> Pipeline::drop_channel(std::int64_t channel_id) {
  const std::string access = api::channel_access_key(channel_id);
  api::ApplyRequest drop;
  drop.drop_access.push_back(access);
  TG_CO_TRY_VOID(co_await apply(std::move(drop)));
  TG_FAULT("ingest.after_index_drop");
  co_return co_await sql::write<void>(database_, [access](sql::Connection& connection) {
    return delete_by_access(connection, access);
  });
}

// A large text stands in memory once where it can: each stage lets go of what the next one has.
Task<Result<std::int64_t>> Pipeline::ingest(PreparedDocument document) {
  TG_CO_TRY_VOID(co_await pool_.run([&document]() -> Result<void> {
    analyse(document);
    return {};
  }));
  const auto count = static_cast<std::int64_t>(document.chunks.size());
  const auto stored = co_await store(std::span(&document, 1));
  Result<void> done = stored ? Result<void>() : std::unexpected(stored.error());
  if (stored && stored->front()) {
    api::ApplyRequest request;
    request.documents.push_back(to_index(document, *stored->front()));
    document.text = {};
    document.chunks = {};
    done = co_await index_and_complete(std::move(request));
  }
  if (done) co_return count;
  // Its owner is told at once, and sees it among his documents.
  if (is_own_fault(done.error()))
    TG_CO_TRY_VOID(co_await note_failure(&document, &done.error(), 1));
  co_return std::unexpected(done.error());
}

Task<Result<void>> Pipeline::index_again(StoredDocument stored) {
  api::ApplyRequest request;
  request.documents.push_back(to_index(stored.document, stored.cluster));
  const std::vector<std::pair<std::string, std::int64_t>> versions{
      {stored.document.document_id.text(), stored.document.version}};
  const auto applied = co_await apply(std::move(request));
  if (!applied && is_own_fault(applied.error()))
    TG_CO_TRY_VOID(co_await note_failure(&stored.document, &applied.error(), 1));
  TG_CO_TRY_VOID(applied);
  co_return co_await sql::write<void>(database_, [versions, this](sql::Connection& connection) {
    return mark_completed(connection, versions, clock_.wall());
  });
}

Task<Result<void>> Pipeline::remove(std::string document_id, std::int64_t version) {
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [document_id](sql::Connection& c) { return mark_deleting(c, document_id); }));
  TG_FAULT("document.after_mark_deleting");
  api::ApplyRequest request;
  request.documents.push_back({.document_id = document_id, .version = version, .chunks = {}});
  TG_CO_TRY_VOID(co_await apply(std::move(request)));
  TG_FAULT("document.after_index_delete");
  co_return co_await sql::write<void>(
      database_, [document_id](sql::Connection& c) { return delete_document(c, document_id); });
}

}  // namespace tg::document
