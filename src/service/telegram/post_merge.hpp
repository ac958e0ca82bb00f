// How an observation of a post changes the stored one. Pure: sources may come in any order and
// repeatedly, the outcome is the same.
//
//   Which text is newer is decided by what the sources say, not by arrival. An export says when a
//   post was edited. A page (the web preview, and files made from it) shows the text at the time
//   the page was made and whether the post was edited, not when. So an observation counts as of its
//   edit (export) or of its making (page), and wins if that is later than what is known of the
//   stored text. A page that shows an unedited post never corrects an export.
//
//   Texts that differ in spacing, in links' schemes and the like are the same text: no new version.
//
//   The caption of an album belongs to the album: a page shows it with the first item, an export
//   with the item that carries it. It stays where the first source put it.
//
//   Other fields: a better source replaces them, a worse one fills in missing ones; views and
//   forwards take the newest number and are a change by themselves only in steps of about a tenth.
//   PostExtra is merged alike, reactions and polls by the newest; it is in no index, so it alone is
//   never a change.
//
//   Shared posts (Post::is_shared) are vouched for. A file that is not changes a shared post only
//   by a newer text, which is then not shared. A shared observation of a post that is not replaces
//   all of it if the text is the same or newer; what t.me shows is always newer than a file.
#pragma once

#include "service/telegram/post.hpp"

namespace tg::telegram {

struct StoredPost {
  Post post;
  std::int64_t version = 1;
  Source source = Source::export_file;
};

struct Merged {
  StoredPost next;
  bool is_new_version = false;
  bool is_changed = false;  // something that readers see; a new version always is
  // The row changes, the index does not: the text was seen again, counts moved by less than a
  // step, or PostExtra changed.
  bool is_confirmed = false;
};

Merged merge(const StoredPost& stored, const Post& seen, Source source);

// Of a post whose edit time is unknown: sets it to the time it was seen, an upper bound.
void guess_edit_time(Post& post);

// Whether two canonical texts differ at most in what sources render differently.
bool same_text(std::string_view a, std::string_view b);

}  // namespace tg::telegram
