// How the HTML report looks: light and dark, on a phone, on paper. The page's policy names this text by its hash, so
// nothing else can style it.
#pragma once

#include <string_view>

namespace batchctl::report {

inline constexpr std::string_view kPageStyle = R"css(
:root{color-scheme:light dark;--paper:#fff;--card:#f6f7f9;--ink:#1f262d;--soft:#5b6670;--line:#e2e6ea;--edge:#b9c1c9;
--done:#4a9d74;--failed:#c9483f;--cancelled:#a69a8c;--fetching:#8a7cc9;--submitted:#4f86c6;--creating:#e0ac4c;
--uploaded:#a8c6e8;--planned:#dde2e7;--expired:#d9783b;--gone:#aeb6be;--limit:#9a3b34;
--good:#2f7d57;--good-card:#e6f3ec;--busy:#2f63a0;--busy-card:#e8f0f9;--wait:#8a5a00;--wait-card:#fbf1dc;
--bad:#a8322a;--bad-card:#fbe9e7}
@media (prefers-color-scheme:dark){:root{--paper:#14181c;--card:#1c2126;--ink:#e3e7eb;--soft:#98a3ad;--line:#2b3138;
--edge:#4b545d;--done:#4c9a74;--failed:#d9625a;--cancelled:#7d746a;--fetching:#8d80cc;--submitted:#4b82c2;
--creating:#c9963a;--uploaded:#7ba0c8;--planned:#3a434c;--expired:#cf7a45;--gone:#5d666f;--limit:#e58a82;
--good:#7fd0a6;--good-card:#1b2f26;--busy:#8fbaf0;--busy-card:#1a2736;--wait:#e8bd66;--wait-card:#322813;
--bad:#f09a92;--bad-card:#371f1d}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;
-webkit-text-size-adjust:100%;overflow-wrap:break-word}
main{max-width:58rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
h1{font-size:1.75rem;line-height:1.25;font-weight:650;margin:0}
h2{font-size:1.1rem;line-height:1.35;font-weight:650;margin:0 0 .25rem}
p{margin:0 0 .75rem}
section{margin-top:2.75rem}
header .title{display:flex;flex-wrap:wrap;gap:.5rem .9rem;align-items:center}
.state{font-size:.85rem;font-weight:600;padding:.2rem .7rem;border-radius:1rem;white-space:nowrap}
.good{color:var(--good);background:var(--good-card)}
.busy{color:var(--busy);background:var(--busy-card)}
.wait{color:var(--wait);background:var(--wait-card)}
.bad{color:var(--bad);background:var(--bad-card)}
.about,.note,footer{color:var(--soft);font-size:.875rem}
.about{margin:.4rem 0 0}
.next{margin-top:1.5rem;padding:.9rem 1.1rem;border-radius:.6rem}
.next p{margin:0 0 .35rem}
.next p:last-child{margin:0}
code{font:.875em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.figures{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:.75rem;margin:1.5rem 0 0}
.figures div{background:var(--card);border-radius:.6rem;padding:.8rem 1rem}
.figures dt{color:var(--soft);font-size:.8rem}
.figures dd{margin:.1rem 0 0;font-size:1.35rem;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
.figures .more{display:block;color:var(--soft);font-size:.8rem;font-weight:400;line-height:1.4}
.records{margin:1.25rem 0 0}
figure{margin:1rem 0 .6rem}
.plot{display:grid;grid-template-columns:48px minmax(0,1fr)}
.plot svg{display:block;overflow:visible}
.plot svg svg{overflow:hidden}
text{font-size:11px;fill:var(--soft);font-variant-numeric:tabular-nums}
.grid{stroke:var(--line)}
.base{stroke:var(--edge)}
path{stroke:none}
.band-0,.fate-0,.s-done{fill:var(--done)}
.band-1,.fate-6,.s-failed{fill:var(--failed)}
.band-2,.fate-4,.s-cancelled{fill:var(--cancelled)}
.band-3{fill:var(--fetching)}
.band-4,.fate-1,.tokens,.s-known{fill:var(--submitted)}
.band-5{fill:var(--creating)}
.band-6,.fate-2,.s-guess{fill:var(--uploaded)}
.band-7{fill:var(--planned)}
.fate-3{fill:var(--gone)}
.fate-5{fill:var(--expired)}
.limit,.refused{fill:none;vector-effect:non-scaling-stroke}
.limit{stroke:var(--limit);stroke-width:1.5;stroke-dasharray:5 4}
.refused{stroke:var(--failed);stroke-width:2}
.empty{fill:var(--line)}
.legend{list-style:none;margin:.5rem 0 0 48px;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;font-size:.85rem}
.legend li{white-space:nowrap}
.legend b{font-weight:600;font-variant-numeric:tabular-nums}
.key{margin-right:.4rem;vertical-align:-1px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.4rem 1rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft)}
tbody th{font-weight:400;color:inherit;white-space:nowrap}
td:last-child,th:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.words{width:60%;overflow-wrap:anywhere}
.said td{white-space:nowrap}
.said .words{white-space:normal}
td.share{width:60%;vertical-align:middle}
.bar{display:block}
.tokens{fill-opacity:.8}
h1,.about,.next,.facts td{overflow-wrap:anywhere}
details{margin-top:.75rem;font-size:.875rem}
summary{color:var(--soft);cursor:pointer}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line)}
@media (max-width:40rem){main{padding:1.5rem 1.1rem 3rem}h1{font-size:1.4rem}section{margin-top:2.25rem}
.figures{grid-template-columns:repeat(2,minmax(0,1fr))}.figures dd{font-size:1.15rem}.time.more{display:none}
.legend{margin-left:0}td.share{display:none}
.said thead{display:none}
.said tr{display:flex;flex-wrap:wrap;gap:0 .9rem;padding:.5rem 0;border-bottom:1px solid var(--line)}
.said td{border:0;padding:0}.said .words{width:100%;color:var(--soft)}}
@media print{:root{color-scheme:light}body{font-size:10pt}main{max-width:none;padding:0}
section{margin-top:1.5rem}figure,table,.next,.figures{break-inside:avoid}h2{break-after:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";

}  // namespace batchctl::report
