#include "service/telegram/import_report.hpp"

#include <algorithm>

namespace tg::telegram {
namespace {

constexpr std::size_t kReasonsKept = 20;

std::int64_t number_at(const json::Object& object, std::string_view key) {
  const json::Value* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string text_at(const json::Object& object, std::string_view key) {
  const json::Value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

const json::Array& array_at(const json::Object& object, std::string_view key) {
  static const json::Array none;
  const json::Value* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

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
  for (const json::Value& value : array_at(result, "channels")) {
    if (!value.is_object()) continue;
    const json::Object& object = value.get_object();
    report.counts_[number_at(object, "channel_id")] = {
        .title = text_at(object, "title"),
        .added = number_at(object, "new"),
        .changed = number_at(object, "changed"),
        .unchanged = number_at(object, "unchanged"),
        .service = number_at(object, "service"),
        .without_text = number_at(object, "without_text"),
        .refused = number_at(object, "refused")};
  }
  for (const json::Value& value : array_at(result, "refused")) {
    if (value.is_string()) report.reasons_.emplace_back(value.get_string());
  }
  return report;
}

}  // namespace tg::telegram
