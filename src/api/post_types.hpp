// Details of a post beyond its text, author and counts. Telegram Desktop exports and the web
// preview fill the same fields; what a source does not provide stays absent. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace tg::api {

struct Reaction {
  std::string reaction;  // an emoji, "custom:" and the id of one, or "paid"
  std::int64_t count = 0;
  bool operator==(const Reaction&) const = default;
};
BOOST_DESCRIBE_STRUCT(Reaction, (), (reaction, count))

struct PollOption {
  std::string text;
  std::optional<std::int64_t> voters;   // from exports
  std::optional<std::int64_t> percent;  // from the web preview
  bool operator==(const PollOption&) const = default;
};
BOOST_DESCRIBE_STRUCT(PollOption, (), (text, voters, percent))

struct Poll {
  std::string question;
  std::optional<std::string> kind;  // "Anonymous Poll"
  std::optional<bool> closed;
  std::optional<std::int64_t> voters;
  std::vector<PollOption> options;
  bool operator==(const Poll&) const = default;
};
BOOST_DESCRIBE_STRUCT(Poll, (), (question, kind, closed, voters, options))

struct LinkPreview {
  std::string url;
  std::string site_name;
  std::string title;
  std::string description;
  bool operator==(const LinkPreview&) const = default;
};
BOOST_DESCRIBE_STRUCT(LinkPreview, (), (url, site_name, title, description))

// The file of a photo, film, recording, piece of music, document or sticker.
struct PostFile {
  std::optional<std::string> name;
  std::optional<std::int64_t> size;
  std::optional<std::string> mime_type;
  std::optional<std::int64_t> duration_seconds;
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> height;
  std::optional<std::string> performer;
  std::optional<std::string> title;
  std::optional<std::string> emoji;
  std::optional<bool> spoiler;
  bool operator==(const PostFile&) const = default;
};
BOOST_DESCRIBE_STRUCT(PostFile, (),
                      (name, size, mime_type, duration_seconds, width, height, performer, title,
                       emoji, spoiler))

struct PostPlace {
  std::optional<double> latitude;
  std::optional<double> longitude;
  std::optional<std::string> name;
  std::optional<std::string> address;
  bool operator==(const PostPlace&) const = default;
};
BOOST_DESCRIBE_STRUCT(PostPlace, (), (latitude, longitude, name, address))

struct PostContact {
  std::optional<std::string> first_name;
  std::optional<std::string> last_name;
  std::optional<std::string> phone_number;
  bool operator==(const PostContact&) const = default;
};
BOOST_DESCRIBE_STRUCT(PostContact, (), (first_name, last_name, phone_number))

// Further details of a post; each source fills those that it provides.
struct PostExtra {
  std::optional<std::string> author;
  std::optional<UnixMillis> edited_at;
  std::optional<std::int64_t> album_id;
  std::optional<std::string> forwarded_from;      // a name
  std::optional<std::int64_t> forwarded_from_id;  // as `sender_id`
  std::optional<std::string> forwarded_url;       // of the original post
  std::optional<std::string> saved_from;          // of saved messages
  std::optional<std::string> reply_to_url;        // into another channel
  std::optional<std::string> via_bot;             // its name
  std::vector<Reaction> reactions;
  std::vector<std::string> links;  // targets of the links in the text
  std::optional<PostFile> file;
  std::optional<PostPlace> place;
  std::optional<PostContact> contact;
  std::optional<Poll> poll;
  std::optional<LinkPreview> link_preview;
  // Checklists, invoices, giveaways, stars and buttons, as in exports.
  std::optional<json::Object> other;
  bool operator==(const PostExtra&) const = default;
};
BOOST_DESCRIBE_STRUCT(PostExtra, (),
                      (author, edited_at, album_id, forwarded_from, forwarded_from_id,
                       forwarded_url, saved_from, reply_to_url, via_bot, reactions, links, file,
                       place, contact, poll, link_preview, other))

}  // namespace tg::api
