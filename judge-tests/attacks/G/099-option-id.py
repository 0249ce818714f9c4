#: intent = "Ids and arguments that look like options: they are data."
#: verdict = "AC"
from make import good, show

show(good(), lambda text: text.replace('"bad"', '"--help"')[:-1] + ', "args": ["--", "-c", "$(reboot)", "`reboot`"]}')
