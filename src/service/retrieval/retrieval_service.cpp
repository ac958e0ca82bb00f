#include "service/retrieval/retrieval_service.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/core.h>

#include "api/channel_name.hpp"
#include "api/health_report.hpp"
#include "api/visible_keys.hpp"
#include "base/text.hpp"
#include "runtime/files.hpp"
#include "runtime/log.hpp"
#include "runtime/stage_timer.hpp"
#include "service/retrieval/kept_answer.hpp"
#include "service/retrieval/ranking.hpp"
#include "service/retrieval/repaired_text.hpp"
#include "service/retrieval/schema.hpp"

namespace tg::retrieval {
namespace {

using sql::Connection;

// Hits per wanted result that the index is asked for, as input of folding and diversity.
constexpr std::int64_t kSpare = 4;
constexpr std::int64_t kFewestAskedFor = 50;
constexpr std::int64_t kMostAskedFor = 10'000;  // what api::IndexQuery allows
// A crash loses at most the history of this time.
constexpr std::chrono::milliseconds kHistoryInterval{250};
constexpr std::chrono::hours kForgetEvery{1};
// One computes on the pool while the next is between stages.
constexpr std::size_t kSearchesPerThread = 2;

api::SearchResult to_result(const api::IndexHit& hit) {
  return {hit.chunk.chunk_id, hit.chunk.document_id, hit.chunk.text, hit.score, hit.chunk.payload};
}

std::int64_t count_words(std::string_view text) {
  return 1 + static_cast<std::int64_t>(std::ranges::count(text, ' ')) +
         static_cast<std::int64_t>(std::ranges::count(text, '\n'));
}

api::SearchRequest search_of(const api::QueryRequest& request) {
  return {.query = request.query,
          .query_type = request.query_type,
          .retrieval_strategy = request.retrieval_strategy,
          .top_k = request.top_k,
          .filters = request.filters};
}

bool wants_vectors(const api::SearchRequest& request) {
  if (request.retrieval_strategy)
    return *request.retrieval_strategy == api::RetrievalStrategy::vector_search;
  return request.query_type == api::QueryType::semantic;
}

}  // namespace

RetrievalService::RetrievalService(sql::Database& database, ComputePool& pool, const Clock& clock,
                                   Executor executor, api::Vectors& vectors,
                                   api::Telegram& telegram, RetrievalSettings settings,
                                   store::UsageEvents* usage)
    : database_(database),
      pool_(pool),
      clock_(clock),
      executor_(executor),
      vectors_(vectors),
      telegram_(telegram),
      settings_(settings),
      events_(usage),
      searches_("searches", kSearchesPerThread * pool.threads(), pool.queue_limit()),
      history_({.name = "history", .queue = 2000, .batch = 200, .interval = kHistoryInterval},
               [&database](store::BatchWriter<KeptQuery>::Batch batch) {
                 return sql::write<void>(database, [batch = std::move(batch)](Connection& c) {
                   return record_queries(c, *batch);
                 });
               }) {
  if (events_ != nullptr) usage_.emplace(*events_);
}

Task<Result<void>> RetrievalService::start() {
  started_at_ = clock_.wall();
  TG_CO_TRY_VOID(co_await database_.migrate(kMigrations));
  searches_metrics_ = searches_.collect(metrics::process_registry());
  history_.start(executor_);
  gate_.spawn(executor_, forget_old_questions());
  if (usage_) usage_->start(executor_);
  co_return Result<void>();
}

Task<void> RetrievalService::forget_old_questions() {
  while (!stopping_) {
    const auto seen = stop_.version();
    const UnixMillis oldest = clock_.wall() - settings_.history_retention;
    const auto done = co_await sql::write<void>(
        database_, [oldest](Connection& c) { return forget_before(c, oldest); });
    if (!done)
      log::warning("old history entries could not be deleted", {{"detail", done.error().detail}});
    if (events_ != nullptr) {
      const auto gone = co_await events_->forget_before(oldest);
      if (!gone)
        log::warning("old usage events could not be deleted", {{"detail", gone.error().detail}});
    }
    if (!stopping_) co_await stop_.wait_after(seen, kForgetEvery);
  }
}

Task<void> RetrievalService::stop() {
  stopping_ = true;
  stop_.notify();
  gate_.close();
  co_await gate_.wait();
  co_await history_.stop();
  if (usage_) co_await usage_->stop();
}

void RetrievalService::note_usage(const api::Call& call, std::string type, double duration_ms,
                                  std::size_t items) {
  if (!usage_) return;
  usage_->record({.id = Uuid::random().text(),
                  .at = clock_.wall(),
                  .type = std::move(type),
                  .user = settings_.keep_history ? call.principal.user_id : std::string(),
                  .space = call.principal.space,
                  .duration_ms = duration_ms,
                  .items = static_cast<std::int64_t>(items)});
}

Task<Result<std::vector<std::int64_t>>> RetrievalService::channel_ids(api::Call call,
                                                                      std::string channel) {
  TG_CO_TRY(const auto list, co_await telegram_.channels(std::move(call), {}));
  TG_CO_TRY(const std::int64_t id, api::channel_of_filter(list.data, channel));
  co_return std::vector<std::int64_t>{id};
}

Task<Result<RetrievalService::Found>> RetrievalService::find(api::Call call,
                                                             api::SearchRequest request) {
  const SteadyTime begin = clock_.steady();
  Found found;
  TG_CO_TRY(found.visible, co_await api::visible_keys(&telegram_, call));
  const std::int64_t asked_for =
      std::min(std::max(request.top_k * kSpare, kFewestAskedFor), kMostAskedFor);
  api::IndexQuery query{.query = request.query,
                        .top_k = asked_for,
                        .visible = found.visible,
                        .filters = request.filters.value_or(api::Filters{}),
                        .explain = request.explain};
  if (query.filters.channel) {
    TG_CO_TRY(query.channel_ids, co_await channel_ids(call, *query.filters.channel));
  }
  if (wants_vectors(request)) {
    found.reply.degraded.push_back(
        {"embedding", "no embedding model is loaded: searched by words", started_at_});
  }
  TG_CO_TRY(api::IndexHits hits, co_await vectors_.find(call, std::move(query)));
  found.reply.stages = std::move(hits.stages);
  found.reply.total_estimate = hits.total_estimate;
  const bool index_has_more = static_cast<std::int64_t>(hits.hits.size()) == asked_for;
  found.matched_weight = hits.matched_weight;
  found.searched = repaired_text(request.query, hits.repairs);
  for (const api::QueryRepair& repair : hits.repairs) {
    found.reply.warnings.push_back(fmt::format("searched for \"{}\" instead of \"{}\" ({})",
                                               repair.to, repair.from, repair.kind));
  }
  const double diversity = request.diversity.value_or(settings_.diversity);
  const double min_score = request.filters ? request.filters->min_score.value_or(0) : 0;
  TG_CO_TRY(auto ranked, co_await pool_.run([this, &request, &found, &hits, diversity,
                                             min_score]() -> Result<std::vector<api::IndexHit>> {
    const SteadyTime from = clock_.steady();
    const auto before = static_cast<std::int64_t>(hits.hits.size());
    std::vector<api::IndexHit> list = std::move(hits.hits);
    if (request.fold_duplicates) list = fold_duplicates(std::move(list));
    list = diversify(std::move(list), diversity, static_cast<std::size_t>(request.top_k));
    std::erase_if(list, [min_score](const api::IndexHit& hit) { return hit.score < min_score; });
    found.reply.stages.push_back({"fold_and_diversify", before,
                                  static_cast<std::int64_t>(list.size()),
                                  elapsed_ms(from, clock_.steady())});
    return list;
  }));
  for (const api::StageReport& stage : found.reply.stages) {
    metrics::observe_stage("retrieval." + stage.name, stage.ms / 1000);
  }
  found.has_more = index_has_more || static_cast<std::int64_t>(ranked.size()) == request.top_k;
  found.hits = std::move(ranked);
  note_usage(call, "retrieval.completed", elapsed_ms(begin, clock_.steady()), found.hits.size());
  co_return found;
}

Task<Result<api::SearchReply>> RetrievalService::search(api::Call call,
                                                        api::SearchRequest request) {
  TG_CO_TRY(const AsyncSemaphore::Permit permit, co_await searches_.acquire());
  const bool explain = request.explain;
  TG_CO_TRY(Found found, co_await find(std::move(call), std::move(request)));
  for (const api::IndexHit& hit : found.hits) {
    found.reply.results.push_back(to_result(hit));
    if (explain && hit.explain) found.reply.results.back().metadata["explain"] = *hit.explain;
  }
  co_return std::move(found.reply);
}

Task<Result<std::vector<api::SearchResult>>> RetrievalService::query(api::Call call,
                                                                     api::QueryRequest request) {
  TG_CO_TRY(api::SearchReply reply, co_await search(std::move(call), search_of(request)));
  co_return std::move(reply.results);
}

// The results, then their neighbours and reply parents, up to the word budget, without repetition.
Task<Result<std::vector<api::SearchResult>>> RetrievalService::context_of(api::Call call,
                                                                          const Found* found) {
  std::vector<api::SearchResult> context;
  std::set<std::string> seen;
  std::int64_t words = 0;
  const auto add = [&](api::SearchResult result) {
    const std::int64_t more = count_words(result.text);
    if (words + more > settings_.context_words || !seen.insert(result.chunk_id).second) return;
    words += more;
    context.push_back(std::move(result));
  };
  api::ContextRequest around{.visible = found->visible};
  for (const api::IndexHit& hit : found->hits) {
    add(to_result(hit));
    around.ranges.push_back(
        {hit.chunk.document_id, hit.chunk.chunk_index - 1, hit.chunk.chunk_index + 1});
    if (hit.chunk.channel_id && hit.chunk.reply_to) {
      around.channel_ids.push_back(*hit.chunk.channel_id);
      around.message_ids.push_back(*hit.chunk.reply_to);
    }
  }
  if (around.ranges.empty()) co_return context;
  TG_CO_TRY(const api::IndexedChunks chunks,
            co_await vectors_.context(std::move(call), std::move(around)));
  for (const api::IndexedChunk& chunk : chunks.chunks)
    add({chunk.chunk_id, chunk.document_id, chunk.text, 0, chunk.payload});
  co_return context;
}

Task<Result<api::Retrieved>> RetrievalService::retrieve(api::Call call, api::QueryRequest request) {
  TG_CO_TRY(const AsyncSemaphore::Permit permit, co_await searches_.acquire());
  TG_CO_TRY(Found found, co_await find(call, search_of(request)));
  api::Retrieved out;
  out.query_id = Uuid::ordered(clock_.wall()).text();
  out.searched = found.searched;
  const SteadyTime from = clock_.steady();
  {
    const metrics::StageTimer timer("retrieval.context");
    TG_CO_TRY(out.context, co_await context_of(std::move(call), &found));
  }
  for (const api::IndexHit& hit : found.hits) out.results.push_back(to_result(hit));
  out.total_estimate = found.reply.total_estimate;
  out.stages = std::move(found.reply.stages);
  out.stages.push_back({"context", static_cast<std::int64_t>(out.results.size()),
                        static_cast<std::int64_t>(out.context.size()),
                        elapsed_ms(from, clock_.steady())});
  out.degraded = std::move(found.reply.degraded);
  out.warnings = std::move(found.reply.warnings);
  out.matched_weight = found.matched_weight;
  co_return out;
}

Task<Result<api::Done>> RetrievalService::record(api::Call call, api::RecordRequest request) {
  // A generation is not counted as a query: an earlier query found its sources.
  const bool is_query = request.query_type != api::HistoryType::generation;
  if (is_query) {
    note_usage(call, "query.processed", request.reply.processing_time_ms,
               request.reply.results.size());
  }
  if (!settings_.keep_history) co_return api::Done{.message = "history is switched off"};
  std::set<std::string> not_indexed;
  if (!is_query) not_indexed = co_await documents_not_indexed(call, request.reply.citations);
  request.reply = without_texts(std::move(request.reply), not_indexed);
  if (!history_.push({call.principal.user_id, clock_.wall(), std::move(request)})) {
    co_return overloaded("questions for the history");
  }
  co_return api::Done{.message = "queued"};
}

// The caller of POST /generate may bring texts that are stored nowhere else. If the index does not
// answer, no text is kept: a quote lost is better than one that no deletion reaches.
Task<std::set<std::string>> RetrievalService::documents_not_indexed(
    api::Call call, std::vector<api::Citation> citations) {
  std::set<std::string> missing;
  api::ContextRequest wanted;
  for (const api::Citation& citation : citations) {
    if (!missing.insert(citation.document_id).second) continue;
    // The first chunk will do: every indexed document has one.
    if (Uuid::parse(citation.document_id))
      wanted.ranges.push_back({.document_id = citation.document_id, .last = 0});
  }
  if (wanted.ranges.empty()) co_return missing;
  auto visible = co_await api::visible_keys(&telegram_, call);
  if (!visible) co_return std::set<std::string>();
  wanted.visible = *std::move(visible);
  const auto indexed = co_await vectors_.context(std::move(call), std::move(wanted));
  if (!indexed) co_return std::set<std::string>();
  for (const api::IndexedChunk& chunk : indexed->chunks) missing.erase(chunk.document_id);
  co_return missing;
}

// If pending entries cannot be written, reading goes on without them; the writer logs it.
Task<Result<api::QueryReply>> RetrievalService::get_query(api::Call call, api::QueryId id) {
  std::ignore = co_await history_.flush();
  TG_CO_TRY(api::QueryReply reply,
            co_await sql::read<api::QueryReply>(database_,
                                                [user = call.principal.user_id, id](Connection& c) {
                                                  return load_query(c, user, id);
                                                }));
  api::ContextRequest wanted;
  TG_CO_TRY(wanted.visible, co_await api::visible_keys(&telegram_, call));
  // The ids of a generation come from its caller and may be any text.
  const auto want = [&wanted](const std::string& id) {
    if (Uuid::parse(id)) wanted.ranges.push_back({.document_id = id});
  };
  for (const api::SearchResult& result : reply.results) want(result.document_id);
  for (const api::Citation& citation : reply.citations) want(citation.document_id);
  if (reply.results.empty() && reply.citations.empty()) co_return reply;
  api::IndexedChunks now;
  if (!wanted.ranges.empty()) {
    TG_CO_TRY(now, co_await vectors_.context(std::move(call), std::move(wanted)));
  }
  restore_texts(reply, now.chunks);
  co_return reply;
}

Task<Result<api::Listed<api::HistoryEntry>>> RetrievalService::history(api::Call call,
                                                                       api::HistoryQuery query) {
  std::ignore = co_await history_.flush();
  co_return co_await sql::read<api::Listed<api::HistoryEntry>>(
      database_, [user = call.principal.user_id, query](Connection& c) {
        return load_history(c, user, query);
      });
}

// Pending entries are written first, so that they are deleted too.
Task<Result<api::Done>> RetrievalService::clear_history(api::Call call, api::Nothing) {
  TG_CO_TRY_VOID(co_await history_.flush());
  TG_CO_TRY_VOID(
      co_await sql::write<void>(database_, [user = call.principal.user_id](Connection& c) {
        return retrieval::clear_history(c, user);
      }));
  co_return api::Done{.message = "your history is deleted"};
}

Task<Result<api::SuggestReply>> RetrievalService::suggest(api::Call call,
                                                          api::SuggestRequest request) {
  std::ignore = co_await history_.flush();
  api::SuggestReply reply;
  TG_CO_TRY(reply.suggestions,
            co_await sql::read<std::vector<api::Suggestion>>(
                database_, [user = call.principal.user_id, request](Connection& c) {
                  return load_suggestions(c, user, request);
                }));
  co_return reply;
}

Task<Result<api::KnowledgeReply>> RetrievalService::knowledge(api::Call call,
                                                              api::KnowledgeQuery query) {
  TG_CO_TRY(const AsyncSemaphore::Permit permit, co_await searches_.acquire());
  std::vector<api::IndexHit> documents;
  // Until there are enough documents among the hits, or the index has no more.
  for (std::int64_t top_k = query.limit;; top_k *= kSpare) {
    TG_CO_TRY(Found found, co_await find(call, {.query = query.q, .top_k = top_k, .diversity = 0}));
    documents = best_of_documents(std::move(found.hits), static_cast<std::size_t>(query.limit));
    if (static_cast<std::int64_t>(documents.size()) == query.limit || !found.has_more ||
        top_k >= kMostAskedFor)
      break;
  }
  api::KnowledgeReply reply;
  for (const api::IndexHit& hit : documents) {
    std::string title = hit.chunk.title;
    if (title.empty())
      title = text::shorten(hit.chunk.text.substr(0, hit.chunk.text.find('\n')), 80);
    reply.results.push_back({hit.chunk.document_id, std::move(title),
                             text::shorten(hit.chunk.text, 240), hit.score, hit.chunk.payload});
  }
  reply.count = static_cast<std::int64_t>(reply.results.size());
  co_return reply;
}

Task<Result<api::EraseReport>> RetrievalService::erase(api::Call, api::Nothing) {
  TG_CO_TRY_VOID(co_await database_.compact());
  co_return api::EraseReport{};
}

// Checks the history and the usage events, which have a database of their own.
Task<Result<api::FsckReport>> RetrievalService::fsck(api::Call, api::Nothing) {
  api::FsckReport report;
  TG_CO_TRY(report.violations, co_await database_.check());
  TG_CO_TRY(const auto queries,
            co_await sql::read<std::int64_t>(database_, [](Connection& c) -> Result<std::int64_t> {
              TG_TRY(const auto rows, c.run("SELECT count(*) FROM queries"));
              return rows[0].integer(0);
            }));
  report.counts["queries"] = queries;
  if (events_ == nullptr) co_return report;
  TG_CO_TRY(const auto damaged, co_await events_->check());
  for (const std::string& what : damaged) report.violations.push_back("usage events: " + what);
  co_return report;
}

Task<Result<api::Done>> RetrievalService::backup(api::Call, api::BackupRequest request) {
  const auto folder = std::filesystem::path(request.folder) / "retrieval";
  TG_CO_TRY_VOID(disk_files().make_folders(folder));
  TG_CO_TRY_VOID(co_await history_.flush());
  TG_CO_TRY_VOID(co_await database_.copy_to((folder / "retrieval.db").string()));
  if (usage_) {
    TG_CO_TRY_VOID(co_await usage_->flush());
    TG_CO_TRY_VOID(co_await events_->copy_to((folder / "usage.db").string()));
  }
  co_return api::Done{.message = "retrieval: backup written"};
}

// The index and the grants are required; without the database only the history is missing.
Task<Result<api::Health>> RetrievalService::health(api::Call call, api::Nothing) {
  call.deadline = std::min(call.deadline, clock_.steady() + api::kNeighbourHealthTime);
  const auto index = api::answer_of(co_await vectors_.health(call, {}));
  const auto grants = api::answer_of(co_await telegram_.health(std::move(call), {}));
  const auto database = co_await sql::read<void>(database_, [](Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("SELECT 1 FROM queries LIMIT 1"));
    return {};
  });
  api::HealthReport report("retrieval", clock_);
  report.needs("index", index, degradation_)
      .needs("grants", grants, degradation_)
      .uses("history", database, degradation_)
      .tell("compute_queued", pool_.queued())
      .tell("searches_waiting", searches_.statistics().waiting)
      .tell("questions_waiting", history_.queued())
      .tell("questions_dropped", history_.dropped());
  if (usage_) {
    report.tell("usage_events_waiting", usage_->queued());
    report.tell("usage_events_dropped", usage_->dropped());
  }
  co_return report.make();
}

}  // namespace tg::retrieval
