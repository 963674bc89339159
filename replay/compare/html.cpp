#include "replay/compare/html.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace replay::compare {
namespace {

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

// One lane per side: where each hunk lies, over the records of that side.
std::string lane(const Side& side, const std::vector<Hunk>& hunks, bool first) {
    std::string svg =
        "<svg viewBox='0 0 1000 24' preserveAspectRatio='none'><rect width='1000' height='24' class='same'/>";
    const double scale = 1000.0 / static_cast<double>(std::max<std::size_t>(side.items().size(), 1));
    for (std::size_t i = 0; i < hunks.size(); ++i) {
        const std::size_t from = first ? hunks[i].a : hunks[i].b, items = first ? hunks[i].a_items : hunks[i].b_items;
        svg += fmt::format(
            "<rect x='{:.2f}' width='{:.2f}' height='24' class='hunk'><title>hunk {}: {} accesses</title></rect>",
            static_cast<double>(from) * scale, std::max(static_cast<double>(items) * scale, 1.5), i + 1, items);
    }
    return svg + "</svg>";
}

}  // namespace

std::string html(const Result& r, const Side& a, const Side& b, const std::string& a_name, const std::string& b_name) {
    std::string page = fmt::format(
        "<!doctype html><meta charset='utf-8'><title>Trace differences</title><style>"
        "body{{font:14px system-ui;margin:2em;max-width:75em}}svg{{width:100%;height:24px;display:block;margin:4px 0}}"
        ".same{{fill:#dce8dc}}.hunk{{fill:#b3261e}}td,th{{text-align:left;padding:2px 12px 2px 0}}"
        ".mismatch{{color:#b3261e}}code{{font-size:13px}}</style><h1>Trace differences</h1>"
        "<p>{} of {} and {} accesses match; {} hunks; {} of {} values differ.</p>",
        r.matched, a.records(), b.records(), r.hunks.size(), r.different, r.values);
    page += "<h2>Timeline</h2><code>" + escaped(a_name) + "</code>" + lane(a, r.hunks, true);
    page += "<code>" + escaped(b_name) + "</code>" + lane(b, r.hunks, false);
    page += "<h2>Hunks</h2><table><tr><th>#<th>first trace<th>second trace";
    const auto cell = [](const Side& side, std::size_t from, std::size_t items) {
        if (items == 0) return std::string("<td>nothing");
        return fmt::format("<td>{} from index {}, <code>{}</code>", items, side.items()[from].index,
                           escaped(side.name(side.items()[from].name)));
    };
    for (std::size_t i = 0; i < r.hunks.size(); ++i) {
        const Hunk& h = r.hunks[i];
        page += fmt::format("<tr><td>{}{}{}", i + 1, cell(a, h.a, h.a_items), cell(b, h.b, h.b_items));
    }
    page += "</table><h2>Values</h2><table><tr><th>field<th>class<th>differs<th>of<th>first at<th>first<th>second";
    for (const FieldRow& f : r.fields) {
        if (f.different == 0) continue;
        page +=
            fmt::format("<tr class='{}'><td><code>{}</code><td>{}<td>{}<td>{}<td>{}<td>{:#x}<td>{:#x}", name(f.verdict),
                        escaped(f.name), name(f.verdict), f.different, f.compared, f.first_index, f.a, f.b);
    }
    return page + "</table>\n";
}

}  // namespace replay::compare
