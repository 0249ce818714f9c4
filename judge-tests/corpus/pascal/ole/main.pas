program Talkative;
begin
  while True do WriteLn('one more line of no use to anyone');
end.
