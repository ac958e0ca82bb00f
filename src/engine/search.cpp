// Ranking: BM25 over stems; the best hundred are rescored by character 4-grams.
//
// BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) with k1 = 1.2, b =
// 0.5 and idf = ln(1 + (N - df + 0.5) / (df + 0.5)).
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "engine/analysis.hpp"
#include "engine/index.hpp"
#include "engine/query_repair.hpp"
#include "engine/segment_filter.hpp"

namespace tg::engine {
namespace {

constexpr double kK1 = 1.2;
constexpr double kB = 0.5;
constexpr std::size_t kRescored = 100;
constexpr double kStemWeight = 0.6;
constexpr double kGramWeight = 0.4;

double idf(double documents, double frequency) {
  return std::log(1 + (documents - frequency + 0.5) / (frequency + 0.5));
}

double saturation(double frequency, double length, double average) {
  return frequency * (kK1 + 1) /
         (frequency + kK1 * (1 - kB + kB * length / std::max(average, 1.0)));
}

struct Term {
  std::string stem;
  double idf = 0;
  double weight = 1;  // occurrences in the query
};

struct Candidate {
  std::size_t segment = 0;
  std::uint32_t place = 0;
  double stems = 0;    // BM25 over stems
  double covered = 0;  // sum of the idf of the query terms in the chunk
  double grams = 0;    // BM25 over character 4-grams
  double rank = 0;     // orders the candidates
};

// Measures the stages of a search.
class Watch {
 public:
  explicit Watch(std::vector<index::Stage>& stages) : stages_(stages) {}
  void lap(std::string name, std::size_t in, std::size_t out) {
    const auto now = std::chrono::steady_clock::now();
    stages_.push_back({std::move(name), static_cast<std::int64_t>(in),
                       static_cast<std::int64_t>(out), elapsed_ms(from_, now)});
    from_ = now;
  }

 private:
  std::vector<index::Stage>& stages_;
  std::chrono::steady_clock::time_point from_ = std::chrono::steady_clock::now();
};

class Search {
 public:
  Search(const std::vector<LiveSegment>& segments, const ChangedCounts& counts,
         const index::Query& query)
      : segments_(segments), counts_(counts), query_(query), watch_(hits_.stages) {
    visible_.visible = query.filter.visible;
    for (const LiveSegment& live : segments) {
      access_.emplace_back(live, counts, visible_);
      chunks_ += static_cast<double>(live.segment->size());
      words_ += static_cast<double>(live.segment->total_words());
      grams_ += static_cast<double>(live.segment->total_grams());
    }
  }
  Result<index::Hits> run();

 private:
  std::int64_t document_frequency(const std::string& stem_word) const;
  std::int64_t visible_frequency(const std::string& stem_word) const;
  void analyse();
  std::vector<std::string> query_words();
  bool any_known(const std::vector<Word>& words) const;
  void repair(std::string& word);
  void match();
  const ColumnRecord& record(const Candidate& candidate) const;
  void keep_best(std::size_t count);
  Result<void> rescore();
  Result<double> gram_score(const Candidate& candidate, double average) const;
  Result<void> take_top();
  void explain(index::Hit& hit, const Candidate& candidate) const;

  const std::vector<LiveSegment>& segments_;
  const ChangedCounts& counts_;
  const index::Query& query_;
  index::Hits hits_;
  Watch watch_;
  index::Filter visible_;              // the visible set alone, without the other filters
  std::vector<SegmentFilter> access_;  // visible_ for each segment
  double chunks_ = 0;
  double words_ = 0;
  double grams_ = 0;
  double gram_ideal_ = 0;
  boost::unordered_flat_map<std::uint64_t, double> gram_weights_;  // of the query's words
  std::vector<std::string> words_of_query_;
  std::vector<Term> terms_;
  std::vector<Candidate> candidates_;
};

Result<index::Hits> Search::run() {
  analyse();
  match();
  TG_TRY_VOID(rescore());
  TG_TRY_VOID(take_top());
  return std::move(hits_);
}

std::int64_t Search::document_frequency(const std::string& stem_word) const {
  std::int64_t frequency = 0;
  for (const LiveSegment& live : segments_) {
    const std::size_t place = live.segment->find_term(stem_word);
    if (place != Segment::npos) frequency += live.segment->term_document_frequency(place);
  }
  return frequency;
}

// The number of visible chunks with this stem. Query repair uses it instead of the total document
// frequency: a repair must not reveal words of chunks that are hidden from the caller or deleted.
std::int64_t Search::visible_frequency(const std::string& stem_word) const {
  std::int64_t frequency = 0;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const Segment& segment = *segments_[s].segment;
    const std::size_t place = segment.find_term(stem_word);
    if (place == Segment::npos) continue;
    for (const Posting& posting : segment.postings(place))
      frequency += access_[s].passes(posting.chunk) ? 1 : 0;
  }
  return frequency;
}

void Search::analyse() {
  std::vector<std::string> words = query_words();
  if (query_.repair) {
    for (std::string& word : words) repair(word);
  }
  for (const std::string& word : words) {
    const std::string stemmed = stem(word);
    const auto same = std::ranges::find(terms_, stemmed, &Term::stem);
    if (same != terms_.end()) {
      same->weight += 1;
      continue;
    }
    terms_.push_back({stemmed, idf(chunks_, static_cast<double>(document_frequency(stemmed))), 1});
  }
  words_of_query_ = std::move(words);
  watch_.lap("analyse", 1, terms_.size());
}

// The keyboard layout is repaired before the text is split into words: the keys of х, б and ю carry
// punctuation in the Latin layout.
std::vector<std::string> Search::query_words() {
  std::string text = text::to_nfc(query_.text);
  if (query_.repair && !any_known(split_words(text))) {
    const std::string other = other_layout(text);
    if (any_known(split_words(other))) {
      hits_.repairs.push_back({query_.text, other, "layout"});
      text = other;
    }
  }
  std::vector<std::string> all;
  std::vector<std::string> meaningful;
  for (Word& word : split_words(text)) {
    if (!is_stop_word(word.normal)) meaningful.push_back(word.normal);
    all.push_back(std::move(word.normal));
  }
  return meaningful.empty() ? all : meaningful;
}

bool Search::any_known(const std::vector<Word>& words) const {
  return std::ranges::any_of(words, [this](const Word& word) {
    return !is_stop_word(word.normal) && visible_frequency(stem(word.normal)) > 0;
  });
}

void Search::repair(std::string& word) {
  if (visible_frequency(stem(word)) > 0) return;
  const auto known = [this](const std::string& stemmed) { return visible_frequency(stemmed); };
  if (const auto better = repair_spelling(word, known)) {
    hits_.repairs.push_back({word, *better, "spelling"});
    word = *better;
  }
}

void Search::match() {
  std::int64_t matched = 0;
  const double average = chunks_ > 0 ? words_ / chunks_ : 1;
  std::vector<double> scores;
  std::vector<double> covered;
  std::vector<std::uint32_t> touched;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const Segment& segment = *segments_[s].segment;
    scores.assign(segment.size(), 0);
    covered.assign(segment.size(), 0);
    touched.clear();
    for (const Term& term : terms_) {
      const std::size_t place = segment.find_term(term.stem);
      if (place == Segment::npos) continue;
      for (const Posting& posting : segment.postings(place)) {
        if (covered[posting.chunk] == 0) touched.push_back(posting.chunk);
        scores[posting.chunk] +=
            term.weight * term.idf *
            saturation(posting.frequency, segment.record(posting.chunk).word_count, average);
        covered[posting.chunk] += term.weight * term.idf;
      }
    }
    const SegmentFilter filter(segments_[s], counts_, query_.filter);
    for (const std::uint32_t chunk : touched) {
      if (!filter.passes(chunk)) continue;
      ++matched;
      candidates_.push_back({s, chunk, scores[chunk], covered[chunk], 0, scores[chunk]});
    }
    keep_best(std::max(query_.top_k, kRescored));
  }
  hits_.total = matched;
  // Not the total chunk count: it would leak the size of other users' data.
  watch_.lap("match", terms_.size(), static_cast<std::size_t>(matched));
}

const ColumnRecord& Search::record(const Candidate& candidate) const {
  return segments_[candidate.segment].segment->record(candidate.place);
}

// Ties are broken by chunk id, so that the ranking does not depend on the order of segments.
void Search::keep_best(std::size_t count) {
  const auto better = [this](const Candidate& a, const Candidate& b) {
    return a.rank != b.rank ? a.rank > b.rank : record(a).chunk_id < record(b).chunk_id;
  };
  if (candidates_.size() > count) {
    std::ranges::nth_element(candidates_, candidates_.begin() + static_cast<std::ptrdiff_t>(count),
                             better);
    candidates_.resize(count);
  }
  std::ranges::sort(candidates_, better);
}

Result<void> Search::rescore() {
  gram_ideal_ = 0;
  if (!query_.rescore || candidates_.empty()) return {};
  boost::unordered_flat_map<std::uint64_t, double>& weights = gram_weights_;
  for (const std::string& word : words_of_query_) {
    std::vector<std::uint64_t> grams;
    append_grams(word, grams);
    for (const std::uint64_t gram : grams) {
      std::uint64_t frequency = 0;
      for (const LiveSegment& live : segments_)
        frequency += live.segment->gram_document_frequency(gram);
      const double weight = idf(chunks_, std::min(static_cast<double>(frequency), chunks_));
      weights[gram] += weight;
      gram_ideal_ += weight * (kK1 + 1);
    }
  }
  const std::size_t count = std::min(candidates_.size(), kRescored);
  const double average = chunks_ > 0 ? grams_ / chunks_ : 1;
  for (std::size_t i = 0; i < count; ++i) {
    TG_TRY(candidates_[i].grams, gram_score(candidates_[i], average));
  }
  const auto head = std::span(candidates_).first(count);
  const auto [low_stem, high_stem] = std::ranges::minmax(head, {}, &Candidate::stems);
  const auto [low_gram, high_gram] = std::ranges::minmax(head, {}, &Candidate::grams);
  const double low_s = low_stem.stems;
  const double high_s = high_stem.stems;
  const double low_g = low_gram.grams;
  const double high_g = high_gram.grams;
  const auto scaled = [](double value, double low, double high) {
    return high > low ? (value - low) / (high - low) : 1.0;
  };
  for (Candidate& candidate : head) {
    candidate.rank = 1 + kStemWeight * scaled(candidate.stems, low_s, high_s) +
                     kGramWeight * scaled(candidate.grams, low_g, high_g);
  }
  // The others rank behind the rescored ones, in their previous order.
  for (Candidate& candidate : std::span(candidates_).subspan(count)) {
    candidate.rank = candidate.stems / (1 + high_s);
  }
  keep_best(candidates_.size());
  watch_.lap("rescore", count, count);
  return {};
}

Result<double> Search::gram_score(const Candidate& candidate, double average) const {
  const Segment& segment = *segments_[candidate.segment].segment;
  TG_TRY(const std::string text, segment.searched_text(candidate.place));
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> counts;
  std::vector<std::uint64_t> grams;
  each_word(text, [&](std::string_view word, std::size_t, std::size_t) {
    grams.clear();
    append_grams(word, grams);
    for (const std::uint64_t gram : grams) {
      if (gram_weights_.contains(gram)) ++counts[gram];
    }
  });
  double score = 0;
  for (const auto& [gram, count] : counts) {
    score += gram_weights_.at(gram) * saturation(count, record(candidate).gram_count, average);
  }
  return score;
}

Result<void> Search::take_top() {
  double ideal = 0;
  double weight = 0;
  for (const Term& term : terms_) {
    ideal += term.weight * term.idf * (kK1 + 1);
    weight += term.weight * term.idf;
  }
  const std::size_t count = std::min(candidates_.size(), query_.top_k);
  for (std::size_t i = 0; i < count; ++i) {
    Candidate& candidate = candidates_[i];
    // Candidates that were not rescored keep their rank, but the public score includes 4-grams.
    if (gram_ideal_ > 0 && i >= kRescored) {
      TG_TRY(candidate.grams, gram_score(candidate, chunks_ > 0 ? grams_ / chunks_ : 1));
    }
    index::Hit hit;
    TG_TRY(hit.chunk, segments_[candidate.segment].segment->chunk(candidate.place));
    apply_counts(counts_, hit.chunk);
    hit.rank_score = candidate.rank;
    // Depends on the query and the chunk only: a share of the highest possible BM25 sums.
    const double stems = ideal > 0 ? candidate.stems / ideal : 0;
    hit.score =
        gram_ideal_ > 0 ? kStemWeight * stems + kGramWeight * candidate.grams / gram_ideal_ : stems;
    hit.score = std::clamp(hit.score, 0.0, 1.0);
    if (weight > 0)
      hits_.matched_weight = std::max(hits_.matched_weight, candidate.covered / weight);
    if (query_.explain) explain(hit, candidate);
    hits_.hits.push_back(std::move(hit));
  }
  watch_.lap("fetch", count, count);
  return {};
}

void Search::explain(index::Hit& hit, const Candidate& candidate) const {
  const Segment& segment = *segments_[candidate.segment].segment;
  for (const Term& term : terms_) {
    double score = 0;
    if (const std::size_t place = segment.find_term(term.stem); place != Segment::npos) {
      for (const Posting& posting : segment.postings(place)) {
        if (posting.chunk != candidate.place) continue;
        score = term.weight * term.idf *
                saturation(posting.frequency, segment.record(posting.chunk).word_count,
                           words_ / chunks_);
      }
    }
    hit.explain.push_back({term.stem, term.idf, score});
  }
  hit.explain.push_back({"4-grams", 1, candidate.grams});
}

}  // namespace

Result<index::Hits> Snapshot::search(const index::Query& query) const {
  return Search(segments_, *counts_, query).run();
}

}  // namespace tg::engine
