#include "service/generation/extractive_answer.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <fmt/core.h>

#include "base/json_fields.hpp"
#include "base/text.hpp"
#include "engine/analysis.hpp"
#include "engine/sentences.hpp"
#include "engine/similarity.hpp"

namespace tg::generation {
namespace {

constexpr std::size_t kSentences = 3;
constexpr double kSameSentence = 0.6;
constexpr double kWorthOfRepeating = 0.6;  // enough to be quoted before its answer

// A further sentence needs at least kWorthAtAll of the best one's score, and kWorthAdding together
// with the share of the question's weight that only it holds.
constexpr double kWorthAdding = 0.65;
constexpr double kWorthAtAll = 0.3;
// Credit for a related word that the stemmer keeps apart ("пианист", "пианистка").
constexpr double kKinCredit = 0.5;
constexpr double kKinShare = 0.7;
constexpr std::size_t kKinLetters = 5;

struct Candidate {
  std::size_t result = 0;
  engine::Sentence place;
  std::set<std::string> stems;
  std::size_t words = 0;
  // Of each word of the question, in one order: its share of the question's weight if it is there.
  std::vector<double> held;     // in the sentence itself
  std::vector<double> meant;    // in the sentence, itself or as another inflection
  std::vector<double> in_post;  // the same in any sentence of the post
  double score = 0;
  bool is_question = false;  // repeats the question; the next sentence answers it
};

std::set<std::string> stems_of(std::string_view text) {
  std::set<std::string> stems;
  for (const engine::Word& word : engine::split_words(text)) {
    if (!engine::is_stop_word(word.normal)) stems.insert(engine::stem(word.normal));
  }
  return stems;
}

bool is_russian(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const char32_t c = text::next_code_point(text, offset);
    if (c >= 0x400 && c <= 0x4FF) return true;
  }
  return false;
}

api::Citation cite(const api::SearchResult& result, const engine::Sentence& place,
                   std::int64_t number) {
  api::Citation citation;
  citation.number = number;
  citation.chunk_id = result.chunk_id;
  citation.document_id = result.document_id;
  citation.channel_id = json::integer_in(result.metadata, "channel_id");
  citation.channel_title = json::text_in(result.metadata, "channel_title");
  citation.message_id = json::integer_in(result.metadata, "message_id");
  citation.author = json::text_in(result.metadata, "author");
  citation.date = json::text_in(result.metadata, "date");
  citation.url = json::text_in(result.metadata, "url");
  citation.quote = result.text.substr(place.start, place.end - place.start);
  const auto before = static_cast<std::int64_t>(
      text::count_code_points(std::string_view(result.text).substr(0, place.start)));
  citation.span.start = json::integer_in(result.metadata, "start_char").value_or(0) + before;
  citation.span.end =
      citation.span.start + static_cast<std::int64_t>(text::count_code_points(citation.quote));
  return citation;
}

std::vector<Candidate> collect(const std::vector<api::SearchResult>& context) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < context.size(); ++i) {
    for (const engine::Sentence& place : engine::split_sentences(context[i].text)) {
      const std::string_view sentence =
          std::string_view(context[i].text).substr(place.start, place.end - place.start);
      Candidate candidate{.result = i, .place = place, .stems = stems_of(sentence)};
      candidate.words = engine::split_words(sentence).size();
      if (candidate.words > 0) candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

// Inverse sentence frequency of the question's words in the context.
std::map<std::string, double> weigh(const std::set<std::string>& query,
                                    const std::vector<Candidate>& candidates) {
  std::map<std::string, double> weights;
  for (const std::string& stem : query) {
    const auto holding = std::ranges::count_if(
        candidates, [&stem](const Candidate& c) { return c.stems.contains(stem); });
    weights[stem] = std::log(1 + static_cast<double>(candidates.size() + 1) /
                                     (static_cast<double>(holding) + 0.5));
  }
  return weights;
}

double share(const std::map<std::string, double>& weights, const std::set<std::string>& stems) {
  double held = 0;
  double all = 0;
  for (const auto& [stem, weight] : weights) {
    all += weight;
    if (stems.contains(stem)) held += weight;
  }
  return all > 0 ? held / all : 0;
}

double best_share(const std::vector<api::SearchResult>& context,
                  const std::map<std::string, double>& weights) {
  double best = 0;
  for (const api::SearchResult& result : context)
    best = std::max(best, share(weights, stems_of(result.text)));
  return best;
}

std::size_t shared_letters(std::string_view a, std::string_view b) {
  std::size_t bytes = 0;
  while (bytes < std::min(a.size(), b.size()) && a[bytes] == b[bytes]) ++bytes;
  // Back to the start of a UTF-8 sequence.
  while (bytes > 0 && bytes < a.size() && (static_cast<unsigned char>(a[bytes]) & 0xC0) == 0x80)
    --bytes;
  return text::count_code_points(a.substr(0, bytes));
}

bool are_kin(std::string_view a, std::string_view b) {
  const std::size_t shared = shared_letters(a, b);
  const std::size_t longer = std::max(text::count_code_points(a), text::count_code_points(b));
  return shared >= kKinLetters &&
         static_cast<double>(shared) >= kKinShare * static_cast<double>(longer);
}

// The question's words with their weights as shares of the whole.
std::map<std::string, double> as_shares(std::map<std::string, double> weights) {
  double all = 0;
  for (const auto& [stem, weight] : weights) all += weight;
  for (auto& [stem, weight] : weights) weight = all > 0 ? weight / all : 0;
  return weights;
}

void hold_words(Candidate& candidate, const std::map<std::string, double>& shares) {
  for (const auto& [stem, weight] : shares) {
    const bool has_it = candidate.stems.contains(stem);
    const bool has_kin = !has_it && std::ranges::any_of(candidate.stems, [&](const auto& other) {
      return are_kin(stem, other);
    });
    candidate.held.push_back(has_it ? weight : 0);
    candidate.meant.push_back(has_it ? weight : has_kin ? kKinCredit * weight : 0);
  }
}

// Penalises titles and one-word lines, above all those that only repeat words of the question, and
// very long sentences, which match anything.
double shape_of(const Candidate& candidate, const std::set<std::string>& asked) {
  const auto news = std::ranges::count_if(
      candidate.stems, [&asked](const std::string& stem) { return !asked.contains(stem); });
  const double length = candidate.words < 4 ? 0.5 : candidate.words > 60 ? 0.8 : 1;
  return news < 2 ? length * 0.5 : length;
}

void score_candidates(std::vector<Candidate>& candidates,
                      const std::map<std::string, double>& weights,
                      const std::set<std::string>& asked) {
  const auto shares = as_shares(weights);
  for (Candidate& candidate : candidates) {
    hold_words(candidate, shares);
    const double meant = std::accumulate(candidate.meant.begin(), candidate.meant.end(), 0.0);
    const double rank = 1.0 / (1.0 + 0.3 * static_cast<double>(candidate.result));
    candidate.score = meant * shape_of(candidate, asked) * (0.6 + 0.4 * rank);
  }
  std::map<std::size_t, std::vector<double>> posts;
  for (const Candidate& candidate : candidates) {
    std::vector<double>& post = posts[candidate.result];
    post.resize(shares.size());
    std::ranges::transform(post, candidate.meant, post.begin(),
                           [](double a, double b) { return std::max(a, b); });
  }
  for (Candidate& candidate : candidates) candidate.in_post = posts[candidate.result];
}

// Words with which posts introduce a question: "Многие спрашивают, почему ..".
const std::set<std::string>& introducing_stems() {
  static const std::set<std::string> stems = stems_of(
      "нас многие часто спрашивают спросили частый вопрос many people often ask asked "
      "question");
  return stems;
}

// A statement that adds a word of its own to those of the question is an answer, not the question.
bool asks_the_same(const std::string& text, const Candidate& candidate,
                   const std::set<std::string>& asked) {
  if (text[candidate.place.end - 1] == '?') return true;
  return engine::jaccard(candidate.stems, asked) >= kSameSentence &&
         std::ranges::all_of(candidate.stems, [&asked](const std::string& stem) {
           return asked.contains(stem) || introducing_stems().contains(stem);
         });
}

// A post that repeats the question answers it in the next sentence: that one gets the question's
// score, and the question itself serves as its introduction. Candidates are in reading order.
void pass_worth_to_answers(std::vector<Candidate>& candidates,
                           const std::vector<api::SearchResult>& context,
                           const std::set<std::string>& asked) {
  for (std::size_t i = 0; i + 1 < candidates.size(); ++i) {
    Candidate& question = candidates[i];
    Candidate& next = candidates[i + 1];
    if (next.result != question.result ||
        !asks_the_same(context[question.result].text, question, asked))
      continue;
    question.is_question = true;
    next.score = std::max(next.score, question.score);
    question.score *= kWorthOfRepeating;
  }
}

// The weight of the question's words that this sentence holds and the chosen ones lack. To a
// sentence of another post, a chosen one speaks of all that its own post mentions; a question that
// introduces a chosen answer is not measured by other posts.
double missing_words(const Candidate& candidate, const std::vector<Candidate>& chosen) {
  double worth = 0;
  for (std::size_t i = 0; i < candidate.held.size(); ++i) {
    double best = 0;
    for (const Candidate& other : chosen) {
      const bool by_post = other.result != candidate.result && !candidate.is_question;
      best = std::max(best, by_post ? other.in_post[i] : other.meant[i]);
    }
    worth += std::max(0.0, candidate.held[i] - best);
  }
  return worth;
}

// Whether a sentence adds to those chosen before, of which the first is the best.
bool adds_to(const std::vector<Candidate>& chosen, const Candidate& candidate) {
  if (chosen.empty()) return true;
  const double worth = candidate.score / chosen.front().score;
  if (worth < kWorthAtAll || worth + missing_words(candidate, chosen) < kWorthAdding) return false;
  return std::ranges::none_of(chosen, [&candidate](const Candidate& other) {
    return engine::jaccard(other.stems, candidate.stems) > kSameSentence;
  });
}

// The best sentences, the best one first.
std::vector<Candidate> choose(std::vector<Candidate> candidates, std::size_t max_words) {
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.result != b.result ? a.result < b.result : a.place.start < b.place.start;
  });
  std::vector<Candidate> chosen;
  std::size_t words = 0;
  for (Candidate& candidate : candidates) {
    if (chosen.size() == kSentences || candidate.score <= 0) break;
    if (!adds_to(chosen, candidate) || (!chosen.empty() && words + candidate.words > max_words))
      continue;
    words += candidate.words;
    chosen.push_back(std::move(candidate));
  }
  return chosen;
}

std::string not_found(bool russian) {
  return russian ? "В доступных вам источниках ответа на этот вопрос нет. Ниже — ближайшие по "
                   "смыслу записи."
                 : "The sources that you can see do not answer this question. The nearest posts "
                   "are listed below.";
}

}  // namespace

api::Answer extractive_answer(const std::string& query,
                              const std::vector<api::SearchResult>& context,
                              std::optional<double> matched_weight, std::size_t max_words) {
  api::Answer answer{.model_name = "extractive"};
  const std::set<std::string> asked = stems_of(query);
  std::vector<Candidate> candidates = collect(context);
  const auto weights = weigh(asked, candidates);
  const double evidence = matched_weight.value_or(best_share(context, weights));
  if (candidates.empty() || evidence < kEvidenceNeeded) {
    answer.response = not_found(is_russian(query));
    return answer;
  }
  score_candidates(candidates, weights, asked);
  pass_worth_to_answers(candidates, context, asked);
  std::vector<Candidate> chosen = choose(std::move(candidates), max_words);
  // Posts by rank, sentences in their order in the post.
  std::ranges::sort(chosen, [](const Candidate& a, const Candidate& b) {
    return a.result != b.result ? a.result < b.result : a.place.start < b.place.start;
  });
  for (const Candidate& candidate : chosen) {
    const auto number = static_cast<std::int64_t>(answer.citations.size()) + 1;
    answer.citations.push_back(cite(context[candidate.result], candidate.place, number));
    answer.response += fmt::format("{}{} [{}]", answer.response.empty() ? "" : " ",
                                   answer.citations.back().quote, number);
  }
  answer.answered = !answer.citations.empty();
  if (!answer.answered) answer.response = not_found(is_russian(query));
  return answer;
}

}  // namespace tg::generation
