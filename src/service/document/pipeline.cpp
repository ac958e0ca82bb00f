#include "service/document/pipeline.hpp"

#include <limits>
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
constexpr std::chrono::seconds kIndexCheckTime{10};

// True if the document itself causes the error. Failures of other services or of the machine are
// transient, or need an operator: they are retried and fail no document.
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

Result<api::ApplyRequest> request_of(std::span<const StoredDocument> documents) {
  api::ApplyRequest request;
  for (const StoredDocument& stored : documents)
    request.documents.push_back(to_index(stored.document, stored.cluster));
  return request;
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
    Result<void> done;
    if (const auto has_more = co_await rebuild_index(); !has_more) {
      done = std::unexpected(has_more.error());
    } else if (const auto taken = co_await take_batch(*has_more ? 0 : kWaitMs); !taken) {
      done = std::unexpected(taken.error());
    }
    if (stopping_) continue;
    note("pipeline", done ? nullptr : &done.error());
    if (done) continue;
    log::warning("ingest is waiting",
                 {{"reason", done.error().reason}, {"detail", done.error().detail}});
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

// The feed returns the oldest events that have not been acknowledged.
Task<Result<std::int64_t>> Pipeline::take_batch(std::int64_t wait_ms) {
  auto taken = co_await telegram_.take_events(service_call("document"),
                                              {.limit = kBatch, .wait_ms = wait_ms});
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
      // A post that is retried later must not reappear after its channel was deleted.
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
  // Of several events for a post only the newest matters.
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
  const std::vector<std::string> keys{api::channel_access_key(channel_id),
                                      api::own_channel_access_key(channel_id)};
  api::ApplyRequest drop;
  drop.drop_access = keys;
  TG_CO_TRY_VOID(co_await apply(std::move(drop)));
  TG_FAULT("ingest.after_index_drop");
  co_return co_await sql::write<void>(database_,
                                      [keys](sql::Connection& connection) -> Result<void> {
                                        for (const std::string& key : keys)
                                          TG_TRY_VOID(delete_by_access(connection, key));
                                        return {};
                                      });
}

// Each stage frees what the next one replaces: a large text is in memory as few times as possible.
Task<Result<std::int64_t>> Pipeline::ingest(PreparedDocument document) {
  TG_CO_TRY_VOID(co_await pool_.run([&document]() -> Result<void> {
    analyse(document);
    return {};
  }));
  const auto count = static_cast<std::int64_t>(document.chunks.size());
  const auto stored = co_await store(std::span(&document, 1));
  Result<void> done = stored ? Result<void>() : std::unexpected(stored.error());
  if (stored && stored->front()) {
    auto request = co_await pool_.run([&]() -> Result<api::ApplyRequest> {
      api::ApplyRequest built;
      built.documents.push_back(to_index(document, *stored->front()));
      document.text = {};
      document.chunks = {};
      return built;
    });
    done = request ? co_await index_and_complete(*std::move(request))
                   : Result<void>(std::unexpected(request.error()));
  }
  if (done) co_return count;
  // The caller is answered at once, and the document is listed with the reason.
  if (is_own_fault(done.error()))
    TG_CO_TRY_VOID(co_await note_failure(&document, &done.error(), 1));
  co_return std::unexpected(done.error());
}

Task<Result<void>> Pipeline::index_again(std::string document_id) {
  const auto lock = co_await locks_.acquire(document_id);
  TG_CO_TRY(const auto stored,
            co_await sql::read<std::optional<StoredDocument>>(
                database_, [&](sql::Connection& c) { return load_stored(c, document_id); }));
  if (!stored || stored->state == "deleting") co_return Result<void>();
  const std::span<const StoredDocument> document(&*stored, 1);
  if (stored->state == "completed") co_return co_await apply_stored(document);
  TG_CO_TRY(auto request, co_await pool_.run([document] { return request_of(document); }));
  const auto done = co_await index_and_complete(std::move(request));
  if (done || !is_own_fault(done.error())) co_return done;
  TG_CO_TRY_VOID(co_await note_failure(&stored->document, &done.error(), 1));
  co_return Result<void>();
}

Task<Result<void>> Pipeline::apply_stored(std::span<const StoredDocument> documents) {
  if (documents.empty()) co_return Result<void>();
  TG_CO_TRY(auto request, co_await pool_.run([documents] { return request_of(documents); }));
  const auto applied = co_await apply(std::move(request));
  if (applied || !is_own_fault(applied.error())) co_return applied;
  if (documents.size() > 1) {
    const std::size_t half = documents.size() / 2;
    TG_CO_TRY_VOID(co_await apply_stored(documents.first(half)));
    co_return co_await apply_stored(documents.subspan(half));
  }
  TG_CO_TRY_VOID(co_await note_failure(&documents.front().document, &applied.error(), 1));
  co_return Result<void>();
}

Task<Result<bool>> Pipeline::rebuild_index() {
  if (clock_.steady() >= next_index_check_) {
    TG_CO_TRY_VOID(co_await check_index());
    next_index_check_ = clock_.steady() + kIndexCheckTime;
  }
  if (!fed_ || !fed_->rebuilt_to) co_return false;
  TG_CO_TRY_VOID(co_await rebuild_batch());
  co_return fed_->rebuilt_to.has_value();
}

Task<Result<void>> Pipeline::check_index() {
  const auto statistics = co_await vectors_.statistics(service_call("document"), {});
  if (!statistics) co_return Result<void>();  // apply() reports an unavailable index
  if (!fed_) {
    TG_CO_TRY(fed_, co_await sql::read<std::optional<FedIndex>>(database_, load_fed_index));
  }
  if (fed_ && fed_->index_id == statistics->index_id) co_return Result<void>();
  if (fed_) log::warning("the index is a new one: all documents are applied again");
  co_return co_await note_rebuilt({.index_id = statistics->index_id, .rebuilt_to = 0});
}

// Applies uploads one by one, each under its lock. Posts need no lock: only follow_feed() changes
// them, and it runs this, too.
Task<Result<void>> Pipeline::rebuild_batch() {
  const std::int64_t from = *fed_->rebuilt_to;
  TG_CO_TRY(auto documents,
            co_await sql::read<std::vector<StoredDocument>>(
                database_, [from](sql::Connection& c) { return documents_to_rebuild(c, from); }));
  FedIndex fed{.index_id = fed_->index_id, .rebuilt_to = std::nullopt};
  if (documents.empty()) {
    TG_CO_TRY_VOID(co_await apply({.documents = {}, .drop_access = {}, .rebuilt = true}));
  } else {
    fed.rebuilt_to = documents.back().place;
    for (const StoredDocument& stored : documents) {
      if (!stored.document.is_post)
        TG_CO_TRY_VOID(co_await index_again(stored.document.document_id.text()));
    }
    std::erase_if(documents, [](const StoredDocument& s) { return !s.document.is_post; });
    TG_CO_TRY_VOID(co_await apply_stored(documents));
  }
  TG_FAULT("ingest.after_rebuild_batch");
  co_return co_await note_rebuilt(std::move(fed));
}

Task<Result<void>> Pipeline::note_rebuilt(FedIndex fed) {
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [&fed](sql::Connection& c) { return store_fed_index(c, fed); }));
  fed_ = std::move(fed);
  co_return Result<void>();
}

Task<Result<void>> Pipeline::remove(std::string document_id) {
  api::ApplyRequest request;
  request.documents.push_back({.document_id = document_id,
                               .version = std::numeric_limits<std::int64_t>::max(),
                               .chunks = {}});
  TG_CO_TRY_VOID(co_await apply(std::move(request)));
  TG_FAULT("document.after_index_delete");
  co_return co_await sql::write<void>(
      database_, [document_id](sql::Connection& c) { return delete_document(c, document_id); });
}

}  // namespace tg::document
