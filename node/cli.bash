# bash completion for rxlabel, rxscan and rxnode.  Nothing is listed here: it is read off what COMMAND --help says.  After an
# option and in the usage lines "qr|datamatrix" stands for fixed words, "svg,png" for several of them, FILE, DIRECTORY, PICTURE
# and INPUT for files, THING for @FILE where the help knows that; what other capitals stand for cannot be completed.

# Help to lines "NAME WANTS": an option and what it wants, "-" for nothing; or an argument by its number, from 0, with "+" for
# that one and all after it.
_rxchain_table() {
	awk '
	function is_words(token) { return token ~ /^[a-zA-Z0-9-]+([|,][a-zA-Z0-9-]+)+$/ && token !~ /,[A-Z]/ }
	function bare(token) { gsub(/[][]|[.][.][.]/, "", token); return token ~ /THING$/ ? (at_file ? "@FILE" : "-") : token }
	# The list of options, which is read first, decides whether one wants anything; usage lines may tell more of what.
	function option(name, token) {
		if (!is_words(token) && token !~ /^[A-Z]/) token = "-"
		if (!(name in wants) || is_words(token)) wants[name] = token
	}
	function options(line,   name, rest) {
		while (match(line, /--[a-z][a-z-]*/)) {
			name = substr(line, RSTART, RLENGTH)
			line = rest = substr(line, RSTART + RLENGTH)
			sub(/^ /, "", rest)
			sub(/[ \]].*/, "", rest)
			option(name, line ~ /^ [^ ]/ ? rest : "-")
		}
	}
	function arguments(line,   n, token, i, at, skip) {
		n = split(line, token, " ")
		for (i = 3; i <= n; i++) {
			if (match(token[i], /--[a-z][a-z-]*/)) {
				skip = wants[substr(token[i], RSTART, RLENGTH)] != "-"
			} else if (skip || token[i] ~ /OPTION/) {
				skip = 0
			} else {
				print at + 0 (token[i] ~ /[.][.][.]/ ? "+" : ""), bare(token[i])
				at++
			}
		}
	}
	/@FILE/ { at_file = 1 }
	sub(/^(Usage:|      ) rx/, "rx") { usage[++usages] = $0; next }
	/^  --/ { options($0) }
	END {
		for (i = 1; i <= usages; i++) options(usage[i])
		for (name in wants) print name, bare(wants[name])
		for (i = 1; i <= usages; i++) arguments(usage[i])
		if (usages) print "--help -"
	}'
}

# Complete $cur, which follows $mark ("@", "=" or nothing) in its word, by what is wanted.
_rxchain_offer() {
	local words='' word how=()
	case $1 in
	*,*)
		local before=
		[[ $cur != *,* ]] || before=${cur%,*},
		for word in ${1//,/ }; do
			[[ ,$before == *",$word,"* ]] || words+=" $before$word"
		done
		;;
	*'|'*) words=${1//|/ } ;;
	@FILE)
		[[ $mark == *@* ]] || return
		while IFS= read -r word; do # readline would quote the sign, too
			COMPREPLY+=("@$(printf '%q' "$word")")
		done < <(compgen -f -- "$cur")
		return
		;;
	*FILE | *PICTURE | *INPUT) how=(-f) ;;
	*DIRECTORY) how=(-d) ;;
	[a-z]*) words=$1 ;;
	esac
	if ((${#how[@]})); then
		compopt -o filenames 2>/dev/null # outside a completion there is nothing to set
	else
		how=(-W "$words")
	fi
	mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen "${how[@]}" -- "$cur")
}

# Whether an option's value is wanted before the word COMP_WORDS[$1]; else $given is how many arguments stand before it, and
# $ended whether "--" does.
_rxchain_place() {
	local i word
	given=0 ended=
	for ((i = 2; i < $1; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word =~ ^[=@:]+$ ]]; then
			((i++)) # the rest of a word that readline takes apart
		elif [[ $word == -- && ! $ended ]]; then
			ended=yes
		elif [[ $word != --* || $ended ]]; then
			((given++))
		elif [[ ${wants[$word]:--} != - ]]; then
			[[ ${COMP_WORDS[i + 1]-} != = ]] || ((i++))
			((++i < $1)) || return 0
		fi
	done
	return 1
}

_rxchain() {
	local program=${COMP_WORDS[0]/#\~/$HOME} cur=${COMP_WORDS[COMP_CWORD]} mark='' place=$COMP_CWORD given ended name want
	local -A wants=() # of options and arguments; several words where usage lines differ
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_rxchain_offer "$("$program" --help 2>/dev/null | awk '/^  [a-z]/ { w = w $1 "|" } END { print w "--help|--version" }')"
		return
	fi
	if [[ $cur =~ ^[=@]+$ ]]; then
		mark=$cur cur=
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} =~ ^[=@]+$ ]]; then
		mark=${COMP_WORDS[--place]}
	elif [[ $cur == @* ]]; then # "shopt -u hostcomplete" leaves it in one word
		mark=@ cur=${cur#@}
	fi
	while read -r name want; do
		wants[$name]+=${wants[$name]:+ }$want
	done < <("$program" "${COMP_WORDS[1]}" --help 2>/dev/null | _rxchain_table)

	if _rxchain_place "$place"; then
		_rxchain_offer "${wants[${COMP_WORDS[place - 1]}]}"
		return
	fi
	if [[ $cur != -* || $ended ]]; then
		for want in ${wants[$given]-} $(for ((; given >= 0; given--)); do echo "${wants[$given+]-}"; done); do
			_rxchain_offer "$want"
		done
		[[ -z $cur$mark$ended && ${#COMPREPLY[@]} == 0 ]] || return
	fi
	_rxchain_offer "$(printf '%s\n' "${!wants[@]}" | grep '^--' | tr '\n' '|')"
}
complete -F _rxchain rxlabel rxscan rxnode
