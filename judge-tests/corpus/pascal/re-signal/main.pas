program Nowhere;
var
  p: ^Integer;
begin
  WriteLn('hello');
  p := nil;
  p^ := 1;
end.
