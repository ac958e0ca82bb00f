// What sources tell of a post besides its text (api::PostExtra): stored in one JSON column, merged
// field by field. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "service/telegram/post.hpp"

namespace tg::telegram {

// The column's value: JSON without empty members; nullopt if nothing is left.
std::optional<std::string> extra_column(const api::PostExtra& extra);
api::PostExtra extra_of_column(std::string_view column);
// Removes nulls, empty strings, arrays and objects, at any depth.
json::Value compact(const json::Value& value);

// As clients see it, including what has columns of its own; nullopt if there is nothing.
std::optional<api::PostExtra> shown_extra(const Post& post);

// Merges by the rules of post_merge.hpp; true if `mine` has changed.
bool merge_extra(api::PostExtra& mine, const api::PostExtra& seen, bool is_better, bool is_newer);

// The searchable words of media, one item per line, the same whichever source they come from: of
// polls, places, music and documents. File names of videos mean nothing and are left out.
std::string media_words(const api::PostExtra& extra, std::string_view media_type);

}  // namespace tg::telegram
