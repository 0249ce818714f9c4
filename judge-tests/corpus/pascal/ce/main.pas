program Broken;
var
  number: Integer;
begin
  number := 'five';
  WriteLn(number)
end.
