#include "service/telegram/import_report.hpp"

#include <algorithm>

#include "base/json_fields.hpp"

namespace tg::telegram {
namespace {

constexpr std::size_t kReasonsKept = 20;

}  // namespace

void ImportReport::count(std::int64_t channel_id, const Post& post, Change change) {
  ChannelCounts& counts = counts_[channel_id];
  ++(change == Change::added     ? counts.added
     : change == Change::changed ? counts.changed
                                 : counts.unchanged);
  if (post.text.empty()) ++counts.without_text;
}

void ImportReport::count_refused(std::int64_t channel_id, const std::string& reason) {
  ++counts_[channel_id].refused;
  if (reasons_.size() < kReasonsKept && std::ranges::find(reasons_, reason) == reasons_.end())
    reasons_.push_back(reason);
}

void ImportReport::write(json::Object& result) const {
  json::Array channels;
  for (const auto& [id, counts] : counts_) {
    if (counts.title.empty()) continue;
    channels.push_back(json::Object{{"channel_id", id},
                                    {"title", counts.title},
                                    {"new", counts.added},
                                    {"changed", counts.changed},
                                    {"unchanged", counts.unchanged},
                                    {"service", counts.service},
                                    {"without_text", counts.without_text},
                                    {"refused", counts.refused}});
  }
  result["channels"] = std::move(channels);
  json::Array reasons;
  for (const std::string& reason : reasons_) reasons.emplace_back(boost::json::string(reason));
  result["refused"] = std::move(reasons);
}

ImportReport ImportReport::of(const json::Object& result) {
  ImportReport report;
  for (const json::Value& value : json::array_in(result, "channels")) {
    if (!value.is_object()) continue;
    const json::Object& object = value.get_object();
    report.counts_[json::integer_in(object, "channel_id").value_or(0)] = {
        .title = json::text_in(object, "title").value_or(""),
        .added = json::integer_in(object, "new").value_or(0),
        .changed = json::integer_in(object, "changed").value_or(0),
        .unchanged = json::integer_in(object, "unchanged").value_or(0),
        .service = json::integer_in(object, "service").value_or(0),
        .without_text = json::integer_in(object, "without_text").value_or(0),
        .refused = json::integer_in(object, "refused").value_or(0)};
  }
  for (const json::Value& value : json::array_in(result, "refused")) {
    if (value.is_string()) report.reasons_.emplace_back(value.get_string());
  }
  return report;
}

}  // namespace tg::telegram
