#include "dns/providers/html.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dns/providers/groups.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::size_t kLongestReference = 11;  // "&#x10FFFF;" and a leading zero

struct Element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;
  std::vector<std::unique_ptr<Element>> children;
};

bool isOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::contains(names, name);
}

// Elements without an end tag: https://html.spec.whatwg.org/multipage/syntax.html#void-elements
bool isVoid(std::string_view name) {
  return isOneOf(name,
                 {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"});
}

// What an element that is still open means when this one begins:
// https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
bool isEndedBy(std::string_view open, std::string_view begins) {
  if (isOneOf(open, {"td", "th"})) return isOneOf(begins, {"td", "th", "tr", "tbody", "tfoot"});
  if (open == "tr") return isOneOf(begins, {"tr", "tbody", "tfoot"});
  if (isOneOf(open, {"thead", "tbody"})) return isOneOf(begins, {"tbody", "tfoot"});
  if (isOneOf(open, {"li", "option"})) return begins == open;
  if (isOneOf(open, {"dt", "dd"})) return isOneOf(begins, {"dt", "dd"});
  return open == "p" && isOneOf(begins, {"p", "div", "table", "ul", "ol", "form", "h1", "h2", "h3"});
}

// A script of JSON is what the page is made of, not what it does.
bool holdsData(const Element& element) {
  return element.name == "script" && std::ranges::any_of(element.attributes, [](const auto& attribute) {
           return attribute.first == "type" && attribute.second.contains("json");
         });
}

void appendUtf8(std::string& out, std::uint64_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x110000) {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

bool appendReference(std::string& out, std::string_view name) {
  constexpr auto kNamed = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"amp", "&"}, {"apos", "'"}, {"gt", ">"}, {"lt", "<"}, {"nbsp", " "}, {"quot", "\""}});
  if (const auto known = std::ranges::find(kNamed, name, &std::pair<std::string_view, std::string_view>::first);
      known != kNamed.end()) {
    out += known->second;
    return true;
  }
  if (!name.starts_with('#') || name.size() < 2 || name.size() > 9) return false;
  std::uint64_t code = 0;
  const bool is_hex = name[1] == 'x' || name[1] == 'X';
  for (const char c : name.substr(is_hex ? 2 : 1)) {
    const char low = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      code = code * (is_hex ? 16 : 10) + static_cast<std::uint64_t>(c - '0');
    } else if (is_hex && low >= 'a' && low <= 'f') {
      code = code * 16 + static_cast<std::uint64_t>(low - 'a' + 10);
    } else {
      return false;
    }
  }
  appendUtf8(out, code);
  return true;
}

std::string withoutReferences(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto length = text[i] == '&' ? text.substr(i, kLongestReference).find(';') : std::string_view::npos;
    if (length != std::string_view::npos && appendReference(out, text.substr(i + 1, length - 1))) {
      i += length;
    } else {
      out += text[i];
    }
  }
  return out;
}

class HtmlReader {
 public:
  HtmlReader(std::string_view page, Budget& budget) : page_(page), budget_(budget) { open_.push_back(&root_); }

  Element read() {
    while (at_ < page_.size() && !budget_.exceeded()) {
      const auto mark = std::min(page_.find('<', at_), page_.size());
      open_.back()->text += withoutReferences(page_.substr(at_, mark - at_));
      at_ = mark;
      if (at_ < page_.size()) readTag();
    }
    return std::move(root_);
  }

 private:
  char here() const { return at_ < page_.size() ? page_[at_] : '\0'; }
  void skipTo(std::string_view mark) {
    const auto found = page_.find(mark, at_);
    at_ = found == std::string_view::npos ? page_.size() : found + mark.size();
  }
  std::string_view takeUntil(std::string_view marks) {
    const auto end = std::min(page_.find_first_of(marks, at_), page_.size());
    const auto taken = page_.substr(at_, end - at_);
    at_ = end;
    return taken;
  }

  void readTag() {
    const auto rest = page_.substr(at_);
    if (rest.starts_with("<!--")) return skipTo("-->");
    if (rest.starts_with("<!") || rest.starts_with("<?")) return skipTo(">");
    const bool ends = rest.starts_with("</");
    at_ += ends ? 2 : 1;
    const std::string name = lower(takeUntil(" \t\r\n/>"));
    if (name.empty() || !((name[0] >= 'a' && name[0] <= 'z'))) {
      open_.back()->text += ends ? "</" : "<";
      open_.back()->text += name;
      return;
    }
    if (!ends) return begin(name);
    skipTo(">");
    const auto found = std::find_if(open_.rbegin(), open_.rend() - 1, [&](const Element* e) { return e->name == name; });
    if (found != open_.rend() - 1) open_.erase(found.base() - 1, open_.end());
  }

  void begin(const std::string& name) {
    while (open_.size() > 1 && isEndedBy(open_.back()->name, name)) open_.pop_back();
    if (!budget_.node()) return;
    Element& element = *open_.back()->children.emplace_back(std::make_unique<Element>());
    element.name = name;
    const bool closed = readAttributes(element);
    if (name == "script" || name == "style") {
      const auto begin_of_text = at_;
      while (at_ < page_.size() && lower(page_.substr(at_, name.size())) != name) skipTo("</");
      const auto end_of_text = std::min(at_, page_.size());
      skipTo(">");
      if (!holdsData(element)) {
        open_.back()->children.pop_back();
      } else if (end_of_text >= begin_of_text + 2) {
        element.text = page_.substr(begin_of_text, end_of_text - begin_of_text - 2);
      }
    } else if (!closed && !isVoid(name) && open_.size() < budget_.limits().depth) {
      open_.push_back(&element);
    }
  }

  // @returns whether the tag closes itself.
  bool readAttributes(Element& element) {
    bool closed = false;
    while (at_ < page_.size() && here() != '>') {
      closed = here() == '/';
      if (std::string_view(" \t\r\n/").contains(here())) {
        ++at_;
        continue;
      }
      std::string name = lower(takeUntil(" \t\r\n=/>"));
      std::string value;
      if (here() == '=') {
        ++at_;
        const char quote = here();
        if (quote == '"' || quote == '\'') {
          ++at_;
          value = withoutReferences(takeUntil(std::string_view(&quote, 1)));
          at_ = std::min(at_ + 1, page_.size());
        } else {
          value = withoutReferences(takeUntil(" \t\r\n>"));
        }
      }
      if (!budget_.node() || !budget_.members(element.attributes.size() + 1)) return true;
      if (!name.empty()) element.attributes.emplace_back(std::move(name), std::move(value));
    }
    if (at_ < page_.size()) ++at_;
    return closed;
  }

  std::string_view page_;
  Budget& budget_;
  std::size_t at_ = 0;
  Element root_;
  std::vector<Element*> open_;
};

Value tree(Element& element, Budget& budget) {
  Object out;
  for (auto& [name, value] : element.attributes) {
    static_cast<void>(budget.octets(name.size() + value.size()));
    out.set("@" + name, std::move(value));
  }
  if (const auto text = trim(element.text); !text.empty() && budget.octets(text.size())) out.set("#text", text);
  Groups children;
  for (const auto& child : element.children) children.add(child->name, tree(*child, budget));
  for (auto& [name, values] : children.all()) out.set(name, std::move(values));
  return out;
}

}  // namespace

std::expected<Value, Unreadable> parseHtml(std::string_view page, const Limits& limits) {
  Budget budget(limits);
  Element root = HtmlReader(page, budget).read();
  root.text.clear();
  Value out = budget.exceeded() ? Value() : tree(root, budget);
  if (budget.exceeded()) return budget.error();
  return out;
}

}  // namespace sidecert::dns::providers
