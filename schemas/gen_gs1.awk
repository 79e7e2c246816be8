# GS1 syntax dictionary -> C tables: GS1_AIS(X), X(digits, flags, component text, req, ex, dlpkey, title), and an index from
# any four leading digits to a row.  Lines: "AI[-AI] [flags] components... [attributes...] # title".
BEGIN { n = 0 }
function die(what) { printf "gs1_ai.dict:%d: %s\n", NR, what >"/dev/stderr"; bad = 1; exit 1 }
/^#/ || /^[ \t]*$/ { next }
{
	title = ""
	if ((p = index($0, "#")) > 0) { title = substr($0, p + 1); $0 = substr($0, 1, p - 1) }
	gsub(/^[ \t]+|[ \t]+$/, "", title)
	gsub(/"/, "\\\"", title)
	flags = ""; comps = ""; req = ""; ex = ""; dl = "-"
	i = 2
	if ($2 ~ /^[*?]+$/) { flags = $2; i = 3 }
	for (; i <= NF; i++) {
		if ($i ~ /^\[?[NXYZ]/) comps = comps (comps == "" ? "" : " ") $i
		else if ($i ~ /^req=/) req = substr($i, 5)
		else if ($i ~ /^ex=/) ex = substr($i, 4)
		else if ($i ~ /^dlpkey=/) dl = substr($i, 8)
		else if ($i == "dlpkey") dl = ""
		else die("\"" $i "\" is not understood")
	}
	if (comps == "") die("no components")
	split($1, range, "-")
	first = range[1]; last = range[2] == "" ? first : range[2]
	for (a = first + 0; a <= last + 0; a++) {
		ai = sprintf("%0" length(first) "d", a)
		row[n] = sprintf("X(\"%s\", \"%s\", \"%s\", \"%s\", \"%s\", %s, \"%s\")", ai, flags, comps, req, ex,
			dl == "-" ? "NULL" : "\"" dl "\"", title)
		lead = 10 ^ (4 - length(ai))
		for (k = 0; k < lead; k++) idx[(ai + 0) * lead + k] = n + 1
		n++
	}
}
END {
	if (bad) exit 1
	printf "#define GS1_AIS(X)"
	for (i = 0; i < n; i++) printf " \\\n\t%s", row[i]
	printf "\n#define GS1_AI_COUNT %d\n#define GS1_AI_INDEX {", n
	for (i = 0; i < 10000; i++) if (i in idx) printf "%s[%d] = %d,", (c++ % 12 ? " " : " \\\n\t"), i, idx[i]
	printf " }\n"
}
