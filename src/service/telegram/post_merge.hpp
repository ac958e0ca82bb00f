// What becomes of a stored post when a source shows it again. A pure function: sources may come in
// any order, and again, and the outcome is the same.
//
//   Which text is newer is said by the sources, not by arrival. An export says when a post was
//   edited. A page (the web preview, and files made from it) says what stood there when it was
//   made, and whether the post was edited, not when. So an observation speaks for the time of its
//   edit (export) or of its making (page), and wins when that is later than what is known of the
//   stored text; a page that shows an unedited post never corrects an export.
//
//   Texts that differ in spacing, links' schemes and the like are the same text: no new version.
//
//   The caption of an album belongs to the whole: a page shows it with the first item, an export
//   with the one that carries it; where the first source put it, it stays.
//
//   Other fields: a better source replaces, a worse one fills what is missing; views and forwards
//   take the newest number; they alone are a change when they have grown by about a tenth. What is
//   told besides (PostExtra) goes the same way, reactions and polls by the newest; it stands in no
//   index, so it alone is never a change.
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
  // Nothing new to the index: the text still stands, counts moved a little, or what is told
  // besides has changed. The row is kept current.
  bool is_confirmed = false;
};

Merged merge(const StoredPost& stored, const Post& seen, Source source);

// A post that is seen edited for the first time, nobody knows when: before it was seen.
void guess_edit_time(Post& post);

// Whether two canonical texts are the same but for what sources render differently.
bool same_text(std::string_view a, std::string_view b);

}  // namespace tg::telegram
