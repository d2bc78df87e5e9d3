import { describe, expect, it } from 'vitest'
import { readResumes } from '../../src/page/read-resumes.ts'
import { SAMPLES } from '../../src/page/samples.ts'
import { joinResumeFiles } from '../../src/page/split-texts.ts'

describe('pasted resumes', () => {
  it('are a table where rows have a header: usual columns get standard names, in Chinese too', () => {
    const read = readResumes('编号,职位,工作年限,技能,简历\n07,护士,6,急救、分诊,"在急诊科\n工作六年"\n')
    expect(read).toMatchObject({
      kind: 'csv',
      delimiter: ',',
      renamed: [
        ['编号', 'id'],
        ['职位', 'title'],
        ['技能', 'skills'],
        ['简历', 'text'],
      ],
      problems: [],
    })
    expect(read.documents).toEqual([
      { id: '07', title: '护士', 工作年限: 6, skills: ['急救', '分诊'], text: '在急诊科\n工作六年' },
    ])
  })

  it('are a table with semicolons or tabs, and obey the line sep= of Excel', () => {
    expect(readResumes('id;text\n1;a, b\n2;c').delimiter).toBe(';')
    expect(readResumes('id\ttext\n1\ta\n2\tb').delimiter).toBe('\t')
    expect(readResumes('sep=;\nid;text\n1;a')).toMatchObject({ kind: 'csv', delimiter: ';' })
    expect(readResumes('sep=;\nid;text\n1;a').documents).toEqual([{ id: '1', text: 'a' }])
  })

  it('name rows of a table that cannot be read, with the line they begin on', () => {
    const { documents, problems } = readResumes('id,text\n1,"two\nlines"\n2,a,b\n\n3,c\n')
    expect(documents.map(({ id }) => id)).toEqual(['1', '3'])
    expect(problems).toEqual([
      { line: 4, message: expect.stringContaining('The row has 3 fields; expected 2') },
    ])
  })

  it.each(['编号,职位,技能\n', 'id;title;skills', 'sep=,\nid,text\n\n', 'id\ttext\tyears\n'])(
    'are none where a table has a header only: %j',
    (text) => {
      const { kind, documents, problems } = readResumes(text)
      expect({ kind, documents }).toEqual({ kind: 'csv', documents: [] })
      expect(problems).toEqual([{ line: 1, message: 'The table has a header and no row.' }])
      expect(readResumes('Python, SQL, Go').kind).toBe('text')
    },
  )

  it('keep ids as they are written, and make numbers only of columns in which all cells are such', () => {
    const { documents } = readResumes('id,years,level\n007,3,2\n008,4.5,senior\n')
    expect(documents).toEqual([
      { id: '007', years: 3, level: '2' },
      { id: '008', years: 4.5, level: 'senior' },
    ])
  })

  it('leave empty cells out, so that no filter compares them', () => {
    expect(readResumes('id,years\n1,\n2,5\n').documents).toEqual([{ id: '1' }, { id: '2', years: 5 }])
  })

  it('are JSON as a list, as the one list of an object, as an object, or line by line', () => {
    const list = readResumes('[{"id": 1, "技能": "SQL, Python"}, "a nurse"]')
    expect(list.documents).toEqual([{ id: 1, skills: ['SQL', 'Python'] }, { text: 'a nurse' }])
    expect(readResumes('{"resumes": [{"text": "a"}, {"text": "b"}]}').documents).toHaveLength(2)
    expect(readResumes('{"title": "nurse", "skills": ["triage"]}').documents).toEqual([
      { title: 'nurse', skills: ['triage'] },
    ])
    expect(readResumes('{"text": "a"}\n\n{"text": "b"}').documents).toEqual([{ text: 'a' }, { text: 'b' }])
  })

  it('keep the digits of long numbers in JSON, at any depth', () => {
    const { documents } = readResumes('[{"id": 12345678901234567890, "past": [{"no": 1e400}]}]')
    expect(documents).toEqual([{ id: '12345678901234567890', past: [{ no: '1e400' }] }])
  })

  it('say where JSON is broken, and name single lines that are', () => {
    const whole = readResumes('[{"text": "a"},\n{"text": }]')
    expect(whole.documents).toEqual([])
    expect(whole.problems).toEqual([
      { message: expect.stringMatching(/^The text is no JSON: Unexpected token/) },
    ])
    expect(readResumes('[{"text": "a"},\n{"text": "b"').problems).toMatchObject([{ line: 2 }])
    const lines = readResumes('{"text": "a"}\n{"text" "b"}')
    expect(lines.documents).toEqual([{ text: 'a' }])
    expect(lines.problems).toMatchObject([{ line: 2 }])
    expect(readResumes('[1, {"text": "a"}]').problems).toMatchObject([{ line: 1 }])
  })

  it('are plain text otherwise, parted at rules, paragraphs or lines, or as it is asked', () => {
    expect(readResumes('Nurse\nI care.\n---\nCook\nI cook.')).toMatchObject({
      kind: 'text',
      split: 'rule',
      documents: [
        { title: 'Nurse', text: 'I care.' },
        { title: 'Cook', text: 'I cook.' },
      ],
    })
    expect(readResumes('I care.\n\nI cook.\n')).toMatchObject({ split: 'paragraph', documents: [{}, {}] })
    expect(readResumes('nurse\ncook, baker\n')).toMatchObject({ split: 'line', documents: [{}, {}] })
    expect(readResumes('I care, and I cook.')).toMatchObject({ split: 'whole', documents: [{}] })
    expect(readResumes('a,b\n1,2', 'whole').documents).toHaveLength(1)
  })

  it('of several files are one each, whatever rules and empty lines a file has', () => {
    const markdown = '---\nname: Ada\n---\n\n# Nurse\r\n\r\nI care.\n\nTraining\n========\nICU\n'
    const joined = joinResumeFiles([markdown, '\n', 'I cook.\n\n***\n\nI bake.'])
    const { split, documents } = readResumes(joined)
    expect(split).toBe('rule')
    expect(documents).toHaveLength(2)
    expect(documents[0]).toMatchObject({ text: expect.stringMatching(/I care\.[\s\S]*ICU$/) })
    expect(documents[1]).toEqual({ text: 'I cook.\n\n\n\nI bake.' })
  })

  it('are no table where sentences happen to have as many commas', () => {
    const read = readResumes('I cook, bake and clean.\nI sew, knit and iron.\n')
    expect(read).toMatchObject({ kind: 'text', split: 'line' })
    expect(read.documents).toHaveLength(2)
  })

  it('find the skills that a line of the text lists', () => {
    const { documents } = readResumes(
      '数据工程师\n技能：SQL、Python、Kafka。\n负责数据仓库。\n---\nSkills: Java; Go\nI code.',
    )
    expect(documents).toMatchObject([
      { title: '数据工程师', skills: ['SQL', 'Python', 'Kafka'] },
      { skills: ['Java', 'Go'] },
    ])
  })

  it('are none while nothing is pasted', () => {
    expect(readResumes(' \n')).toMatchObject({ kind: 'none', documents: [] })
  })

  it('of the samples are read without a problem, six each', () => {
    for (const { resumes } of Object.values(SAMPLES)) {
      const read = readResumes(resumes)
      expect(read.problems).toEqual([])
      expect(read.documents).toHaveLength(6)
      expect(read.documents.every(({ skills }) => Array.isArray(skills))).toBe(true)
    }
  })
})
