# Finds a JDK 25 or newer and exports JAVA_HOME; prints one line and fails if there is none.
# Sourced by ./parley and ./dev.

# The feature version that a JDK's `release` file names, without starting a JVM; 0 if it is none.
jdk_version() {
  if [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ]; then
    sed -n 's/^JAVA_VERSION="\{0,1\}\([0-9]*\).*/\1/p' "$1/release" | head -n 1
  else
    echo 0
  fi
}

jdk_usable() {
  version=$(jdk_version "$1")
  [ "${version:-0}" -ge 25 ] 2>/dev/null
}

jdk_on_path() {
  on_path=$(command -v "${1:-java}" 2>/dev/null) || return 1
  while [ -L "$on_path" ]; do
    target=$(readlink "$on_path")
    case "$target" in
      /*) on_path=$target ;;
      *) on_path=$(dirname "$on_path")/$target ;;
    esac
  done
  dirname "$(dirname "$on_path")"
}

find_jdk() {
  for home in "${PARLEY_JAVA_HOME:-}" "${JAVA_HOME:-}" "$(jdk_on_path java)"; do
    if [ -n "$home" ] && jdk_usable "$home"; then
      JAVA_HOME=$home
      export JAVA_HOME
      return 0
    fi
  done
  if [ -x /usr/libexec/java_home ]; then
    home=$(/usr/libexec/java_home -v 25+ 2>/dev/null) || home=
    if [ -n "$home" ] && jdk_usable "$home"; then
      JAVA_HOME=$home
      export JAVA_HOME
      return 0
    fi
  fi
  # PARLEY_JDK_SEARCH replaces the usual places, for tests.
  for home in ${PARLEY_JDK_SEARCH-/usr/lib/jvm/* /opt/* /usr/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*}; do
    if jdk_usable "$home"; then
      JAVA_HOME=$home
      export JAVA_HOME
      return 0
    fi
  done
  echo "parley: no JDK 25 found; install one (for example Debian's openjdk-25-jdk or Temurin 25) or set PARLEY_JAVA_HOME" >&2
  return 1
}

need_maven() {
  command -v mvn >/dev/null 2>&1 && return 0
  echo "parley: no Maven found; install it (for example: apt-get install maven)" >&2
  return 1
}
