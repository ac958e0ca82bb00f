#include "service/telegram/export_extra.hpp"

#include <algorithm>

#include "base/json_fields.hpp"
#include "service/telegram/export_values.hpp"
#include "service/telegram/post_extra.hpp"

namespace tg::telegram {
namespace {

using json::Array;
using json::Object;
using json::Value;

const Object* object_at(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value == nullptr ? nullptr : value->if_object();
}

std::optional<std::int64_t> count_at(const Object& object, std::string_view key) {
  const auto number = integer_of(object, key);
  return number && *number >= 0 && *number <= (1LL << 52) ? number : std::nullopt;
}

std::optional<bool> bool_at(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value == nullptr || !value->is_bool() ? std::nullopt : std::optional(value->get_bool());
}

std::optional<double> number_at(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value == nullptr || !value->is_number() ? std::nullopt
                                                 : std::optional(value->to_number<double>());
}

// A file that was not exported has a sentence in place of its path: "(File not included. ...)".
std::optional<std::string> unless_sentence(std::optional<std::string> text) {
  const bool is_sentence = text && text->starts_with("(File ") && text->ends_with(')');
  return is_sentence ? std::nullopt : std::move(text);
}

std::vector<api::Reaction> reactions_of(const Object& message) {
  std::vector<api::Reaction> reactions;
  for (const Value& value : json::array_in(message, "reactions")) {
    const Object* object = value.if_object();
    const auto count = object == nullptr ? std::nullopt : count_at(*object, "count");
    if (!count) continue;
    std::string what = string_of(*object, "emoji").value_or("");
    if (string_of(*object, "type") == "paid") what = "paid";
    if (string_of(*object, "type") == "custom_emoji")
      what = "custom:" + unless_sentence(string_of(*object, "document_id")).value_or("");
    if (!what.empty()) reactions.push_back({.reaction = std::move(what), .count = *count});
  }
  return reactions;
}

std::vector<std::string> links_of(const Object& message) {
  std::vector<std::string> links;
  for (const Value& value : json::array_in(message, "text_entities")) {
    const Object* object = value.if_object();
    if (object == nullptr || string_of(*object, "type") != "text_link") continue;
    if (auto href = string_of(*object, "href")) links.push_back(*std::move(href));
  }
  return links;
}

std::optional<api::PostFile> file_of(const Object& message) {
  api::PostFile file{
      .name = unless_sentence(string_of(message, "file_name")),
      .size =
          count_at(message, find(message, "photo") == nullptr ? "file_size" : "photo_file_size"),
      .mime_type = string_of(message, "mime_type"),
      .duration_seconds = count_at(message, "duration_seconds"),
      .width = count_at(message, "width"),
      .height = count_at(message, "height"),
      .performer = string_of(message, "performer"),
      .title = string_of(message, "title"),
      .emoji = string_of(message, "sticker_emoji"),
      .spoiler = bool_at(message, "media_spoiler")};
  return file == api::PostFile{} ? std::nullopt : std::optional(std::move(file));
}

std::optional<api::PostPlace> place_of(const Object& message) {
  api::PostPlace place{.latitude = {},
                       .longitude = {},
                       .name = string_of(message, "place_name"),
                       .address = string_of(message, "address")};
  if (const Object* point = object_at(message, "location_information")) {
    place.latitude = number_at(*point, "latitude");
    place.longitude = number_at(*point, "longitude");
  }
  return place == api::PostPlace{} ? std::nullopt : std::optional(std::move(place));
}

std::optional<api::PostContact> contact_of(const Object& message) {
  const Object* object = object_at(message, "contact_information");
  if (object == nullptr) return std::nullopt;
  return api::PostContact{.first_name = string_of(*object, "first_name"),
                          .last_name = string_of(*object, "last_name"),
                          .phone_number = string_of(*object, "phone_number")};
}

std::optional<api::Poll> poll_of(const Object& message) {
  const Object* object = object_at(message, "poll");
  if (object == nullptr) return std::nullopt;
  api::Poll poll{.question = {},
                 .kind = {},
                 .closed = bool_at(*object, "closed"),
                 .voters = count_at(*object, "total_voters"),
                 .options = {}};
  if (const Value* question = find(*object, "question")) poll.question = plain_text(*question);
  for (const Value& answer : json::array_in(*object, "answers")) {
    const Object* option = answer.if_object();
    poll.options.push_back(
        {.text = plain_text(answer),
         .voters = option == nullptr ? std::nullopt : count_at(*option, "voters"),
         .percent = {}});
  }
  return poll;
}

std::optional<Object> other_of(const Object& message) {
  constexpr auto kKept =
      std::to_array<std::string_view>({"todo_list", "invoice_information", "paid_stars_amount",
                                       "inline_bot_buttons", "live_location_period_seconds"});
  Object other;
  for (const auto& entry : message) {
    const std::string_view key = entry.key();
    if (std::ranges::find(kKept, key) != kKept.end() || key.starts_with("giveaway_"))
      other.emplace(entry.key(), compact(entry.value()));
  }
  return other.empty() ? std::nullopt : std::optional(std::move(other));
}

}  // namespace

api::PostExtra extra_of_message(const Object& message) {
  api::PostExtra extra;
  extra.saved_from = string_of(message, "saved_from");
  extra.via_bot = string_of(message, "via_bot");
  if (extra.via_bot && extra.via_bot->starts_with('@')) extra.via_bot->erase(0, 1);
  extra.reactions = reactions_of(message);
  extra.links = links_of(message);
  extra.file = file_of(message);
  extra.place = place_of(message);
  extra.contact = contact_of(message);
  extra.poll = poll_of(message);
  extra.other = other_of(message);
  return extra;
}

}  // namespace tg::telegram
