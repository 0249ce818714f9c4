#: intent = "Looks for more in its environment than three harmless variables."
more=$(env | grep -vE '^(HOME|LANG|PATH|PWD|SHLVL|_|OLDPWD)=')
[ -z "$more" ] && echo contained || echo "ESCAPED" $more
