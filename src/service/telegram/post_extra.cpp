#include "service/telegram/post_extra.hpp"

namespace tg::telegram {
namespace {

bool is_nothing(const json::Value& value) {
  if (value.is_null()) return true;
  if (value.is_string()) return value.get_string().empty();
  if (value.is_array()) return value.get_array().empty();
  return value.is_object() && value.get_object().empty();
}

template <typename T>
bool is_absent(const T& member) {
  if constexpr (json::is_optional<T>) {
    return !member;
  } else {
    return member.empty();
  }
}

}  // namespace

json::Value compact(const json::Value& value) {
  if (const json::Array* array = value.if_array()) {
    json::Array out;
    for (const json::Value& item : *array) out.push_back(compact(item));
    return out;
  }
  const json::Object* object = value.if_object();
  if (object == nullptr) return value;
  json::Object out;
  for (const auto& entry : *object) {
    json::Value item = compact(entry.value());
    if (!is_nothing(item)) out.emplace(entry.key(), std::move(item));
  }
  return out;
}

std::optional<std::string> extra_column(const api::PostExtra& extra) {
  if (extra == api::PostExtra{}) return std::nullopt;
  return json::to_text(compact(json::write(extra)));
}

api::PostExtra extra_of_column(std::string_view column) {
  if (column.empty()) return {};
  return json::read_text<api::PostExtra>(column).value_or(api::PostExtra{});
}

std::optional<api::PostExtra> shown_extra(const Post& post) {
  api::PostExtra extra = post.extra;
  extra.author = post.author;
  extra.edited_at = post.edited;
  extra.album_id = post.album_id;
  extra.forwarded_from = post.forwarded_from;
  return extra == api::PostExtra{} ? std::nullopt : std::optional(std::move(extra));
}

bool merge_extra(api::PostExtra& mine, const api::PostExtra& seen, bool is_better, bool is_newer) {
  bool changed = false;
  boost::mp11::mp_for_each<json::MembersOf<api::PostExtra>>([&](auto member) {
    auto& field = mine.*member.pointer;
    const auto& told = seen.*member.pointer;
    const std::string_view name = member.name;
    const bool counts = name == "reactions" || name == "poll";
    if (is_absent(told) || field == told) return;
    if (!is_absent(field) && !(counts ? is_newer : is_better)) return;
    field = told;
    changed = true;
  });
  return changed;
}

std::string media_words(const api::PostExtra& extra, std::string_view media_type) {
  std::string out;
  const auto line = [&out](const std::string& words) {
    if (!words.empty()) out += (out.empty() ? "" : "\n") + words;
  };
  if (extra.poll) {
    line(extra.poll->question);
    for (const api::PollOption& option : extra.poll->options) line("– " + option.text);
  }
  if (extra.place) {
    line(extra.place->name.value_or(""));
    line(extra.place->address.value_or(""));
  }
  if (!extra.file || (media_type != "document" && media_type != "audio")) return out;
  const api::PostFile& file = *extra.file;
  if (file.title) {
    line(file.performer ? *file.performer + " – " + *file.title : *file.title);
  } else {
    line(file.name.value_or(""));
  }
  return out;
}

}  // namespace tg::telegram
