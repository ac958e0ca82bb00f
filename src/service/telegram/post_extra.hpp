// What sources tell of a post besides its text (api::PostExtra): kept in one column, merged field
// by field. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "service/telegram/post.hpp"

namespace tg::telegram {

// As the column has it: JSON without what is absent; nullopt when nothing is told.
std::optional<std::string> extra_column(const api::PostExtra& extra);
api::PostExtra extra_of_column(std::string_view column);
// Without nulls, empty texts and empty lists, at any depth.
json::Value compact(const json::Value& value);

// As clients see it, with what has columns of its own; nullopt when nothing is told.
std::optional<api::PostExtra> shown_extra(const Post& post);

// The rules of post_merge.hpp. Says whether `mine` has changed.
bool merge_extra(api::PostExtra& mine, const api::PostExtra& seen, bool is_better, bool is_newer);

// What people search for in media, on lines of their own: the same words, whichever source tells
// them. A film's file name says nothing; a document's is what people look for.
std::string media_words(const api::PostExtra& extra, std::string_view media_type);

}  // namespace tg::telegram
